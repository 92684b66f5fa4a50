"""What tests need around them: servers, builders, a store opened for a test.

In: nothing but a test's wishes.
Out: running servers and ready-made values.
Calls: the program under test, and the servers it needs.
Never: asserts; leaves a process or a file behind.
"""
