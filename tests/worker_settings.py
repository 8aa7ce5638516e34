"""This room is for the settings of a worker that a test starts: as in earnest, but it does only what the test
asks for. The daily work of an empty register would come between, and take longer than the test.
"""

from config.settings import *  # noqa: F403

ORGWORK_EVERY_DAY = ()
