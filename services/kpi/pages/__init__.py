"""The pages of the kpi service: plain data in, HTML out."""

from services.kpi.pages.lead_list import render_leads
from services.kpi.pages.overview import render_page

__all__ = ["render_leads", "render_page"]
