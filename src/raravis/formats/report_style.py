"""The report's page without its contents: no scripts, no fonts to load, fit to print."""

from raravis.formats.certificate_style import STYLE as CERTIFICATE

STYLE = (
    CERTIFICATE
    + """
main{max-width:66rem}
figure{margin:0}
.sought{display:flex;flex-wrap:wrap;gap:.75rem;align-items:flex-start}
.example img{display:block;max-width:160px;max-height:120px;border-radius:4px}
.words{font:17px/1.4 Charter,"Iowan Old Style",Georgia,serif;border:1px solid var(--line);border-radius:4px;
padding:.5rem .75rem}
.unlike{color:var(--wait)}
.sure,.open{color:var(--ink);border-left:4px solid var(--accent);padding:.1rem 0 .1rem 1rem}
.open{border-color:var(--wait)}
.sure p:first-child,.open p:first-child{font-size:1.15rem;font-weight:600}
.pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(11.5rem,1fr));gap:1.25rem 1rem}
.pictures img,.gone{display:block;width:100%;aspect-ratio:4/3;object-fit:contain;background:#202226;border-radius:4px}
.gone{display:grid;place-items:center;color:#c9cdd2;font:14px/1.5 system-ui,sans-serif}
.pictures figcaption{overflow-wrap:anywhere;margin-top:.35rem}
dl.settings{grid-template-columns:max-content 1fr;gap:.35rem 1.5rem}
dl.settings dt{font:600 14px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
td:nth-child(2){white-space:normal;overflow-wrap:anywhere}
@media print{.pictures figure,tr{break-inside:avoid}.scroll{overflow:visible}body{background:#fff}}
"""
)

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>$concept: report</title>
<style>$style</style>
</head>
<body>
<main>
<div class="head small"><span>raravis report · $concept</span><span>$created</span></div>
<h1>$concept</h1>
<p>$headline</p>
<h2>What was sought</h2>
<div class="sought">$sought</div>
<h2>How sure it is</h2>
<div class="$sure_class">$sure</div>
<h2>What was found</h2>
<p class="small">$shown</p>
<div class="pictures">$pictures</div>
<h2>Every event</h2>
<p class="small">$event_count in all, by timeline and time; one row a file. Times from each file’s first frame.
Answers: yes answers behind it; follows: frames that are yes because of answers beside them, shown to nobody.</p>
<div class="scroll"><table>
<thead><tr><th>#</th><th>source</th><th>from</th><th>to</th><th>score</th><th>answers</th><th>follows</th>
<th>evidence</th></tr></thead>
<tbody>$events</tbody></table></div>
<h2>Who answered</h2>
<div class="scroll"><table>
<thead><tr><th>who</th><th>how</th><th>yes</th><th>no</th><th>can’t tell</th><th>first</th><th>last</th></tr></thead>
<tbody>$people</tbody></table></div>
<h2>Settings</h2>
<dl class="settings">$settings</dl>
<footer>raravis $version</footer>
</main>
</body>
</html>
"""
