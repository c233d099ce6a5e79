"""What is a request refused for, and how is it told?

strict        what every request is checked for
wrong_values  what is said about values that fail these checks
problems      errors as clients see them
"""
