"""This room is for the few tags pages are written with: addresses that keep the dials, days, periods,
numbers, status.
"""

from __future__ import annotations

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from orgwork.doors.web import formats, words
from orgwork.foundation import wording

register = template.Library()

register.filter("day", formats.day)
register.filter("moment", formats.moment)
register.filter("number", formats.number)
register.filter("cited", wording.cited)
register.filter("door", words.door)


@register.filter
def day_long(value):
    return formats.day(value, "long")


@register.simple_tag(takes_context=True)
def link(context, name, *args, **more):
    """An address that keeps the dials: {% link 'person' person.pk %}; dials and further parameters by
    name.
    """
    url = reverse(name, args=[a for a in args if a is not None])
    dials = context.get("dials")
    return url + (dials.query(**more) if dials is not None else "")


@register.simple_tag(takes_context=True)
def link_if(context, name, *args, **more):
    """Like `link`, but empty where the room does not exist."""
    try:
        return link(context, name, *args, **more)
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def turn(context, **more):
    """This very page with a dial or a parameter changed."""
    request, dials = context["request"], context["dials"]
    kept = {
        k: v
        for k, v in request.GET.items()
        if k not in ("unit", "from", "to", "on", "known", "known_at", "after", "before")
    }
    return request.path + dials.query(**{**kept, **more})


@register.simple_tag(takes_context=True)
def look_at(context, step):
    """The address of a body in the dial: this very page turned to it, or its sheet."""
    from orgwork.doors.web import places

    return places.turned(context["request"], step)


@register.simple_tag
def kept(request, *names) -> SafeString:
    """Hidden inputs for what a GET form must carry on: the dials and whatever else stands in the address."""
    skip = set(names) | {"after", "before"}
    return SafeString(
        "".join(
            format_html('<input type="hidden" name="{}" value="{}">', key, value)
            for key, value in request.GET.items()
            if key not in skip
        )
    )


@register.simple_tag
def period_of(dials):
    """The period of the dials, both days included."""
    return formats.period(dials.since, dials.on)


@register.simple_tag(takes_context=True)
def pick_input(context, field):
    """An input; one for a person, body, place or post gets a list of names that fills while typing."""
    kind = field.field.widget.attrs.get("data-pick")
    if not kind:
        return field.as_widget()
    url = reverse("pick", args=[kind]) + context["dials"].query(field=field.html_name)
    listing = f"{field.auto_id}_list"
    drawn = field.as_widget(
        attrs={
            "list": listing,
            "hx-get": url,
            "hx-trigger": "input changed delay:300ms",
            "hx-target": f"#{listing}",
            "hx-sync": "this:replace",
        }
    )
    return format_html('{}<datalist id="{}"></datalist>', drawn, listing)
