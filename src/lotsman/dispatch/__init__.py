"""Work: due message -> link, and what comes back.

In: accepted messages (handed over at acceptance, or claimed from the store), outcomes and receipts from links.
Out: recorded submissions and receipts.
Calls: usecases, carriers.
Never: decides a state; never talks to a customer.
"""
