"""What the page says once its server is gone: Streamlit asks for the internet, which has no part in it."""

SENTENCE = "Errata is not running any more: start it with make run."
# By roles and test ids alone: where a later Streamlit draws this otherwise, its own words show again. The title of
# our own dialogs is Markdown, that of the connection's is bare text.
_LOST = 'body:has([data-testid="stConnectionStatus"])'
_ERROR = f'{_LOST} section[role="dialog"] h2[slot="title"]:not(:has(*)) + div > div'
STYLE = f"""<style>
{_ERROR} {{ visibility: hidden; font-size: 0; }}
{_ERROR}::after {{ content: "{SENTENCE}"; visibility: visible; font-size: 1rem; }}
</style>"""
