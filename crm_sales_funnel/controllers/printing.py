import json
import logging
import re

import psycopg2
import werkzeug.exceptions

from odoo import http
from odoo.exceptions import AccessError, ConcurrencyError
from odoo.http import content_disposition, request
from odoo.tools.misc import html_escape

from odoo.addons.web.controllers.report import ReportController

from ..models.printing.funnel_print_rule import CORE_REPORTS

_logger = logging.getLogger(__name__)

TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


# What Odoo repeats a request for: somebody else printed the same at the same time.
CONFLICTS = (psycopg2.OperationalError, ConcurrencyError)


def _reads_only(_controller, _rule, args):
    """Tell whether a report may be made on a cursor that cannot write: ours give slip
    numbers and keep the print log."""
    name = args.get("reportname", "")
    return not (name.startswith("crm_sales_funnel.") or name in CORE_REPORTS)


class FunnelReportController(ReportController):
    """Odoo's own routes, where they must not keep us from writing."""

    @http.route(readonly=_reads_only)
    def report_routes(self, *args, **kwargs):
        return super().report_routes(*args, **kwargs)

    # Odoo makes an error page of all that fails, conflicts as well.
    @http.route()
    def report_download(self, *args, **kwargs):
        try:
            return super().report_download(*args, **kwargs)
        except werkzeug.exceptions.InternalServerError as error:
            if isinstance(error.__cause__, CONFLICTS):
                raise error.__cause__ from error
            raise


class PrintController(http.Controller):
    """Downloads of what print layouts print, in ways that Odoo's own route lacks."""

    @http.route("/funnel/print", type="http", auth="user", methods=["POST"])
    def print_documents(self, ids="", context=None, **options):
        """Return the printed documents as a file.

        :param ids: the ids of the documents, with commas between them
        :param context: the user's context as JSON
        :param options: ``report_id`` or ``layout_id``; ``output`` (pdf, xlsx),
            ``pages`` (1-3,5) and ``copies`` (ids), all of which may be left out
        """
        try:
            request.update_context(**dict(json.loads(context or "{}")))
            chosen = [int(part) for part in ids.split(",") if part]
            return self._print([id_ for id_ in chosen if id_ > 0], options)
        except CONFLICTS:
            raise  # Odoo repeats the request
        except Exception as error:
            _logger.info("Not printed: %s", error, exc_info=True)
            raise _as_web_error(error) from error

    def _print(self, ids, options):
        report, layout = self._get_layout(options)
        output = options.get("output") or report._get_layout_output()
        if output not in TYPES:
            raise ValueError(f"unknown output: {output[:40]!r}")
        records = request.env[layout.document_model].browse(ids)
        copies = [int(part) for part in options.get("copies", "").split(",") if part]
        chosen = {"pages": options.get("pages"), "copies": copies}
        if report:
            content = report._render_by_rules(report, records, output, **chosen)
        else:
            content = layout._render(records, output, **chosen)
        name = report._get_print_file_name(records) if report else layout.name
        return request.make_response(
            content,
            headers=[
                ("Content-Type", TYPES[output]),
                ("Content-Length", len(content)),
                ("Content-Disposition", content_disposition(f"{name}.{output}")),
            ],
        )

    def _get_layout(self, options):
        """Return the report, or none, and the layout that prints."""
        # sudo: reports and their layouts are configuration, as in Odoo's own route. The
        # documents are read as the user.
        reports = request.env["ir.actions.report"].sudo()
        if not options.get("report_id"):
            layout = request.env["funnel.print.layout"].browse(
                int(options["layout_id"])
            )
            layout.check_access("read")
            if not layout._may_print_by():
                raise _not_allowed()
            return reports, layout
        report = reports.browse(int(options["report_id"])).exists()
        if not report.print_layout_id:
            raise werkzeug.exceptions.NotFound
        groups = report.group_ids
        if groups and not groups & request.env.user.all_group_ids:
            raise _not_allowed()
        # sudo: as above.
        return report, report.print_layout_id.with_env(request.env).sudo()

    @http.route("/funnel/print/layouts/<ids>", type="http", auth="user", readonly=True)
    def export_layouts(self, ids):
        """Return layouts as a JSON file, which another database can import."""
        found = [int(part) for part in ids.split(",") if part.isdigit()]
        layouts = request.env["funnel.print.layout"].browse(found).exists()
        if not layouts:
            raise werkzeug.exceptions.NotFound
        layouts.check_access("read")
        content = [layout._export_dict() for layout in layouts]
        name = layouts.name if len(layouts) == 1 else request.env._("Print Layouts")
        name = re.sub(r"[\\/:*?\"<>|\x00-\x1f]", "_", name)
        return request.make_json_response(
            content[0] if len(content) == 1 else content,
            headers=[("Content-Disposition", content_disposition(f"{name}.json"))],
        )

    @http.route(
        "/funnel/print/calibration/<int:paper_id>",
        type="http",
        auth="user",
        readonly=True,
    )
    def print_calibration(self, paper_id, layout=""):
        """Return the calibration page of a paper, moved as a layout is."""
        paper = request.env["funnel.print.paper"].browse(paper_id).exists()
        layouts = request.env["funnel.print.layout"]
        layout = layouts.browse(int(layout) if layout.isdigit() else ()).exists()
        if not paper:
            raise werkzeug.exceptions.NotFound
        paper.check_access("read")
        layout.check_access("read")
        content = paper._render_calibration(layout.offset_x / 10, layout.offset_y / 10)
        name = request.env._("Calibration Page")
        return request.make_response(
            content,
            headers=[
                ("Content-Type", TYPES["pdf"]),
                ("Content-Disposition", content_disposition(f"{name}.pdf")),
            ],
        )


def _not_allowed():
    return AccessError(request.env._("You are not allowed to print this."))


def _as_web_error(error):
    """Return an error as the web client's downloads read it."""
    content = {
        "code": 0,
        "message": "Odoo Server Error",
        "data": http.serialize_exception(error),
    }
    response = request.make_response(html_escape(json.dumps(content)))
    return werkzeug.exceptions.InternalServerError(response=response)
