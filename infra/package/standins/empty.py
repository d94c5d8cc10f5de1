"""The stand-in, in the Lambda's zip, for a package of which a module is used, but not it itself.

`urllib3.http2` looks up the version of a library when it is imported, and beside it stands `probe`,
which urllib3 asks. `botocore.docs` writes the whole reference of AWS; botocore uses its `utils`.
"""
