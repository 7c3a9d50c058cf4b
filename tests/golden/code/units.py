"""Module text
at the margin."""
import os

# Says hello.
@decorated
def hello():
    text = """
at the margin too
"""

    return text

class Greeter:
    def greet(self):
        pass

    def leave(self):
        pass
