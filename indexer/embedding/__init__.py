"""Here is a text: which vectors stand for it?

embedder               what computes them, chosen by the model's name and files
embeddings             what is embedded of a passage, and what comes of it
static_embedding       a table of tokens
bert                   BERT models on OpenVINO
sentence_transformer   any model of sentence-transformers: its only importer here
late_pooling           the vectors of a passage and its windows, from one pass
model_files            where a model lies, and what identifies it
"""
