"""Understanding a contract: from a file to rows, each of which says all about one operation.

document        the file: JSON values, references, the line of each
view            OpenAPI 3.1 read as 3.0
numbers         the bounds of integers, written out
parts           a schema and its `allOf` as a whole
schemas         schemas compiled, and faults in words
item_schemas    what the schemas say of an item
security        who may call an operation
owners          whose items a collection holds
headers         the request headers that rules obey
rules           the table of rules
model           the rows, the collections, the contract
derivation      from a document to rows
"""
