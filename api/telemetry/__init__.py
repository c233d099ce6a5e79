"""Where does the time of a request go, and what is told of it?

stages   the stages of a request, each timed, traced, and stopped when the time is up
metrics  what Prometheus reads
logs     one event a line
"""
