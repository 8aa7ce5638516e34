"""This room is for the first page: what waits for me, what falls due, what went wrong."""

from django.shortcuts import render


def today(request):
    return render(request, "web/today.html", {"section": "today"})


def search(request):
    return render(request, "web/today.html", {"section": "", "q": request.GET.get("q", "")})


def where(request):
    return render(request, "web/today.html", {"section": ""})
