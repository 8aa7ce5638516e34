"""This room is for the addresses of the pages."""

from django.urls import URLPattern, URLResolver, path

from orgwork.doors.web import bodies, cases, documents, kept, people, posts, signin, today

urlpatterns: list[URLPattern | URLResolver] = [
    path("", today.today, name="today"),
    path("sign-in/", signin.sign_in, name="sign-in"),
    path("sign-out/", signin.sign_out, name="sign-out"),
    path("language/", signin.language, name="language"),
    path("search/", today.search, name="search"),
    path("where/", today.where, name="where"),
    path("keep/", kept.keep, name="keep-view"),
    path("keep/<int:pk>/forget/", kept.forget, name="forget-view"),
    path("people/", people.people, name="people"),
    path("people/<int:pk>/", people.person, name="person"),
    path("bodies/", bodies.bodies, name="bodies"),
    path("bodies/<str:code>/", bodies.body, name="body"),
    path("bodies/<str:code>/below/", bodies.below, name="below"),
    path("posts/", posts.posts, name="posts"),
    path("posts/<str:code>/", posts.post, name="post"),
    path("cases/", cases.cases, name="cases"),
    path("cases/<int:pk>/", cases.case, name="case"),
    path("cases/<int:pk>/<slug:name>/", cases.step, name="step"),
    path("cases/<int:pk>/<slug:name>/draft/", cases.draft, name="draft"),
    path("open/<slug:code>/", cases.open_case, name="open-case"),
    path("do/<str:verb>/", cases.do, name="do"),
    path("pick/<slug:kind>/", cases.pick, name="pick"),
    path("documents/", documents.documents, name="documents"),
    path("documents/<int:pk>/", documents.document, name="document"),
]
