"""Which models does a search use? They load in the background while the server already answers.

query_model    embeds queries
reranker       reorders the best hits
cross_encoder  the model that a reranker uses
loading        the state of a model: loading, ready, or unusable
backoff        when to try again what has failed
"""
