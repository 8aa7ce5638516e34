"""This room is for saying no: refusals that tell the reader what to do."""

from __future__ import annotations


class Refusal(ValueError):
    """Something asked for is not done, and nothing was written.

    ``message`` is a whole, translatable sentence that says what to do; ``field`` names the input it
    belongs to, ``code`` is stable for programs, ``citation`` is the rule behind the refusal
    ("QĐ 294, Art. 6") and ``hint`` the way on.
    """

    code = "refused"

    def __init__(self, message, *, field=None, code=None, citation="", hint=""):
        super().__init__(message)
        self.message = message
        self.field = field
        self.code = code or self.code
        self.citation = citation
        self.hint = hint

    def __str__(self):
        return str(self.message)


class NotAllowed(Refusal):
    """The actor holds no post that gives this power today; ``hint`` says who does."""

    code = "not_allowed"


class Stale(Refusal):
    """What the person was looking at has been changed by somebody else since."""

    code = "stale"


class Overlap(Refusal):
    """The days asked for are already taken by another record of the same fact."""

    code = "overlap"


class WrongState(Refusal):
    """The case is not in a state from which this step can be taken."""

    code = "wrong_state"


class RegisterIncomplete(Refusal):
    """Something would be left without a home; ``left`` says what and how many."""

    code = "left_without_home"

    def __init__(self, message, *, left=(), **kwargs):
        super().__init__(message, **kwargs)
        self.left = list(left)
