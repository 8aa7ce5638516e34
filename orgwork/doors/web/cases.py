"""This room is for the pages of cases: the list, a case with its drawing, steps as forms."""

from django.http import HttpResponse


def case(request, pk):
    return HttpResponse(str(pk))
