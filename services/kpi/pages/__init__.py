"""The pages of the kpi service: plain data in, HTML out."""

from services.kpi.pages.frame import Frame
from services.kpi.pages.lead_list import render_leads
from services.kpi.pages.mistake import render_mistake
from services.kpi.pages.overview import render_page

__all__ = ["Frame", "render_leads", "render_mistake", "render_page"]
