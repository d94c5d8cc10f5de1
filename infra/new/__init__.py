"""New contracts, and new collections in old ones, made of names and types alone.

words        English for names: books, Book, a book
fields       properties, as they are written on the command line
sentences    the meaning of a property, in words, and an example of it
collection   the paths and the schemas of one collection
shared       what all collections of a contract have in common: found in it or added
contract     the contract as data, and a new one as text
"""
