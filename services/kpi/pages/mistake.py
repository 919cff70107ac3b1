"""What is shown where an address asks for something that there is not."""

from html import escape

from services.kpi.pages.frame import Frame, document
from services.kpi.pages.parts import link


def render_mistake(frame: Frame, sentence: str) -> str:
    """A small page that says what was wrong with the address and leads back; the sentence is not escaped yet."""
    words = frame.words
    return document(
        frame,
        f'<h1 class="answer">{escape(frame.title)}</h1><p class="longest mistake">{escape(sentence)}</p>'
        f'<p class="back"><a href="{link("/", words)}">← {words("back")}</a></p>',
    )
