"""Here is a text: which vectors represent it?

embedder               the embedder for a model, chosen by the model's name and files
embeddings             the text that is embedded for a passage, and the resulting vectors
static_embedding       a table with one vector for each token
bert                   BERT models on OpenVINO
sentence_transformer   any model of sentence-transformers; the only importer of it here
late_pooling           the vectors of a passage and its windows, from one pass
readability            whether a model can read a text, or knows only single letters of it
model_files            the folder of a model, and its identity
"""
