"""API-1, api.php: parameters of one call, its operation, one answer in four formats.

In: a read HTTP request. Out: the body of the answer and its content type.
Calls: usecases, domain.
Never: sockets, SQL, another operation.
"""
