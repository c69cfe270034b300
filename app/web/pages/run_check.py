"""The button "Test now": run the health check of one row of a form once, through one ISP or through all."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from app.errors import InvalidConfig, WorkerSilent
from app.model.config import Gateway
from app.model.trial import Trial, TrialRequest
from app.service.worker_client import probe_once
from app.web.forms.checks import check_of_row
from app.web.pages.responses import PageContext
from app.web.views.check_result import CheckResult, IspResult, isp_result

# Twice as many as the worker runs at a time: with more ISPs the user would wait too long.
MOST_ISPS: Final = 8


def run_check(context: PageContext, texts: Mapping[str, str], row: int, gateways: Sequence[Gateway]) -> CheckResult:
    """Run the check of this row through each of these ISPs, at most MOST_ISPS of them."""
    try:
        check = check_of_row(texts, row)
    except InvalidConfig as error:
        said = "; ".join(one.message for one in error.errors)
        return CheckResult(row, trouble=f"Cannot run this check: {said}")
    if check is None:
        return CheckResult(row, trouble="Choose the kind of check.")
    if not gateways:
        return CheckResult(row, trouble="No ISP to run the check through yet.")
    path = context.panel.home.worker_sock

    def probe(gateway: Gateway) -> IspResult:
        try:
            found: Trial | str = probe_once(path, TrialRequest(gateway=gateway.number, check=check))
        except WorkerSilent as error:
            found = str(error)
        return isp_result(gateway.name, check, found)

    with ThreadPoolExecutor(MOST_ISPS) as threads:
        return CheckResult(row, tuple(threads.map(probe, gateways[:MOST_ISPS])))
