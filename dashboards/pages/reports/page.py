"""Weekly reports that were written: the latest first, each with what it said that week."""

from dash import html
from dash.development.base_component import Component

from dashboards.components.blocks import lead
from dashboards.components.view import Page, View
from dashboards.pages.reports.routes import REPORTS, report_folder
from dashboards.report.archive import WrittenReport, written_reports
from dashboards.wording import report as sentences


def render(view: View) -> list[Component]:
    """The page; reports of earlier versions that name single cases are listed only for who may see them."""
    found = [each for each in written_reports(report_folder(view.data_dir)) if view.sees_cases or not each.names_cases]
    if not found:
        return [lead(sentences.NO_REPORTS, sentences.HOW_TO_REPORT)]
    latest = found[0]
    return [
        lead(sentences.latest_report(latest.week.label, latest.week.span), latest.news),
        html.Div(
            html.Table(
                [
                    html.Thead(
                        html.Tr([html.Th(name, scope="col") for name in ("Week", "Days", "What it said", "PDF")])
                    ),
                    html.Tbody([_row(each) for each in found]),
                ],
                className="words",
            ),
            className="scroll",
            tabIndex="0",
        ),
    ]


def _row(each: WrittenReport) -> Component:
    pdf = html.A("PDF", href=f"{REPORTS}/{each.pdf}", title=f"Report of {each.week.label} as PDF") if each.pdf else ""
    return html.Tr(
        [
            html.Th(html.A(each.week.label, href=f"{REPORTS}/{each.page}"), scope="row"),
            html.Td(each.week.span),
            html.Td(each.news),
            html.Td(pdf),
        ]
    )


PAGE = Page(
    REPORTS,
    "Reports",
    "What was reported, week by week?",
    render,
    weekly=False,
    filtered=False,
    keep=False,
)
