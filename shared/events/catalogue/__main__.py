"""`python -m shared.events.catalogue`: write the documents of the contract anew."""

from shared.events.catalogue import write

if __name__ == "__main__":
    write()
