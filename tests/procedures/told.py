"""This room is for asking whether something is refused, at which field and with which code."""

import pytest

from orgwork.foundation.refusals import Refusal


def refused(call, *args, code=None, field=None, error=Refusal, **kwargs):
    """Call it, expect a refusal, and return it."""
    with pytest.raises(error) as told:
        call(*args, **kwargs)
    assert code is None or told.value.code == code, (told.value.code, str(told.value))
    assert field is None or told.value.field == field, (told.value.field, str(told.value))
    assert "%(" not in str(told.value)
    return told.value
