"""A reader's saved views: addresses under names. They are the reader's own; the address itself can be sent to anybody."""

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.casebook.casework import LONGEST_VIEW, Casework, SavedView
from dashboards.casebook.safe_text import name
from dashboards.components.blocks import aria_label
from dashboards.components.forms import button, field, form
from dashboards.components.view import View
from dashboards.pages.cases.reader import reader_name


def views_section(view: View) -> Component:
    """The saved views as links, and what saves the present one or removes one."""
    saved = Casework(view.data_dir).views(reader_name())
    links = [html.Li(dcc.Link(name(each.name), href=f"{each.path}{each.query}", className="chip")) for each in saved]
    chips = [html.Ul(links, className="chips", **aria_label("Your views"))] if links else []
    save = form(
        "/cases/views",
        [field("Save this view as", "name", most=LONGEST_VIEW, required=True), button("Save")],
        hidden={"path": view.path, "query": view.selection.query},
        post=True,
        label="Save this view",
    )
    removing = [_removing(view, each) for each in saved]
    return html.Section(
        [*chips, html.Details([html.Summary("Save or remove a view"), save, *removing])], className="views"
    )


def _removing(view: View, each: SavedView) -> Component:
    hidden = {"remove": each.name, "back": view.here({})}
    return form("/cases/views", [button(f"Remove {name(each.name)}")], hidden=hidden, post=True, label="Remove a view")
