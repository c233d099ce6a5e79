"""Which models does a search use? They load while the server answers already.

query_model    embeds queries
reranker       reorders the best hits
cross_encoder  the model that a reranker reads with
loading        the state of a model: loading, ready, or unusable
"""
