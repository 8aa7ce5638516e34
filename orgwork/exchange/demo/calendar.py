"""This room is for the demo's own calendar: working days as ordinals, looked up in a table because they are
asked for a million times. Which days are free is said by the provisions, as everywhere else.
"""

from bisect import bisect_left, bisect_right
from datetime import date

FIRST, LAST = date(1960, 1, 1).toordinal(), date(2026, 12, 31).toordinal()


class Calendar:
    def __init__(self, is_workday):
        """``is_workday`` takes a date; before 2018 only weekends are free, holidays of those years matter
        to nobody.
        """
        since = date(2018, 1, 1).toordinal()
        self.days = [
            n
            for n in range(FIRST, LAST + 1)
            if (is_workday(date.fromordinal(n)) if n >= since else date.fromordinal(n).weekday() < 5)
        ]
        self.known = frozenset(self.days)

    def is_workday(self, day):
        return day in self.known

    def on_or_before(self, day):
        return self.days[bisect_right(self.days, day) - 1]

    def on_or_after(self, day):
        return self.days[bisect_left(self.days, day)]

    def after(self, day):
        return self.days[bisect_right(self.days, day)]

    def add_workdays(self, day, count):
        """The count-th working day after the day."""
        return self.days[bisect_right(self.days, day) + count - 1]
