"""This room is for the queue's way to a job: the one task that it knows. Everything else is in jobs.py."""

from django_tasks import task

from .jobs import perform


@task()
def perform_job(number: int) -> None:
    """Do the job with this number; all that there is to know about it stands in its row."""
    perform(number)
