"""Where does the time of a request go, and what is reported about it?

stages   the stages of a request, each timed, traced, and refused when the time is up
metrics  metrics for Prometheus
outcome  the error that a request ends with
logs     one event per line
"""
