"""The evaluation's page without its contents: no scripts, no fonts to load, fit to print."""

from raravis.formats.report_style import STYLE as REPORT

STYLE = (
    REPORT
    + """
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(16rem,1fr));gap:1rem 2.5rem;max-width:46rem}
.plot{margin:1.25rem 0 0}.plot svg{max-width:22rem}.plot svg text{font-size:11px}
table{width:auto}td:first-child,th:first-child{min-width:12.5rem}
th,td{padding-right:1.5rem}
a{color:var(--accent)}
.frame{fill:none;stroke:var(--line)}
.thin{stroke-width:1.5}
.error{stroke:var(--accent);stroke-width:1.5;opacity:.55}
.dot,.at{fill:var(--accent)}.at{stroke:var(--paper);stroke-width:2}
td:nth-child(2){white-space:nowrap}
td.wide{white-space:normal;overflow-wrap:anywhere}
th[scope=row]{color:var(--ink)}
td.n,th.n{text-align:right}
td.hot{background:color-mix(in srgb,var(--accent) var(--share),transparent)}
.note{color:var(--wait)}
h3{font-size:1rem;margin:1.75rem 0 .4rem;font-weight:600}
section{border-top:1px solid var(--line);margin-top:2.75rem}
section h2{font-size:1.4rem;margin-top:1.5rem}
@media(max-width:34rem){td:first-child,th:first-child{min-width:0}th,td{padding-right:.75rem}td:nth-child(2){white-space:normal}}
@media print{section,.plot{break-inside:avoid-page}}
"""
)

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>$title: evaluation</title>
<style>$style</style>
</head>
<body>
<main>
<div class="head small"><span>raravis evaluation · $title</span><span>$made</span></div>
<h1>$headline</h1>
<p>$data</p>
$left_out
$summary
$confusion
$classes
$doubts
<h2>How it was worked out</h2>
<ul class="small">$method</ul>
<footer>raravis $version</footer>
</main>
</body>
</html>
"""
