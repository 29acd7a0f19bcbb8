"""Render HTML pages with WeasyPrint, one at a time as asked; runs under a Python that has it and imports nothing of ours.

Each line of standard input is JSON {"html", "base"}; each answer is {"seconds", "bytes", "memory"}: processor seconds of the
page, bytes of its PDF, and the most memory of this process in bytes.
"""

import json
import resource
import sys
import time


def main() -> None:
    """Answer requests until there are no more."""
    import weasyprint

    fonts = weasyprint.text.fonts.FontConfiguration()
    print(json.dumps({"version": weasyprint.__version__}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        begun = time.process_time()
        page = weasyprint.HTML(string=asked["html"], base_url=asked["base"])
        pdf = page.write_pdf(font_config=fonts, pdf_variant="pdf/a-3a", pdf_tags=True)
        seconds = time.process_time() - begun
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        print(json.dumps({"seconds": seconds, "bytes": len(pdf), "memory": memory}), flush=True)


if __name__ == "__main__":
    main()
