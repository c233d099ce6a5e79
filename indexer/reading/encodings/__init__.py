"""Here are the bytes of a file: what is their encoding?"""
