"""API-2, api2.php: a document in JSON or XML, its command, one answer in the same form.

In: a read HTTP request. Out: the body of the answer and its content type.
Calls: usecases, domain; what API-1 and API-2 share is taken from v1: reading of forms, shapes, XML, the emulator's account.
Never: sockets, SQL, another operation.
"""
