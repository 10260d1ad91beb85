"""The certificate's page without its contents: no scripts, no fonts to load, fit to print."""

STYLE = """
:root{color-scheme:light dark;--paper:#fbfaf7;--ink:#1d2126;--soft:#626a73;--line:#dedbd2;--card:#fff;
--accent:#1f6f54;--wait:#9a5b13;--track:#e8e5dc}
@media(prefers-color-scheme:dark){:root{--paper:#15181b;--ink:#e9e7e1;--soft:#9aa2aa;--line:#2f353a;--card:#1c2024;
--accent:#63c29c;--wait:#e0a458;--track:#2a3035}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:17px/1.55 Charter,"Iowan Old Style",Georgia,serif}
main{max-width:46rem;margin:0 auto;padding:3.5rem 1.5rem 5rem}
.small,dd,.scale,figcaption,table,summary,footer,svg text{font:14px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
.small,dd,.scale,figcaption,footer{color:var(--soft)}
.head{display:flex;justify-content:space-between;gap:1rem;border-bottom:1px solid var(--line);padding-bottom:.75rem}
h1{font-size:1.85rem;line-height:1.28;font-weight:600;margin:2rem 0 1rem;text-wrap:balance}
h2{font-size:1.1rem;margin:2.75rem 0 .6rem;font-weight:600}
p{margin:.5rem 0}
.verdict{display:inline-block;font:600 13px/1 system-ui,sans-serif;padding:.4rem .7rem;border-radius:99px;
border:1px solid currentColor;margin-top:2rem}
.reached{color:var(--accent)}.open{color:var(--wait)}
.verdict+h1{margin-top:1rem}
.bar{height:14px;border-radius:7px;background:var(--track);overflow:hidden;margin-top:1.75rem}
.bar span{display:block;height:100%;background:var(--accent)}
.scale{display:flex;justify-content:space-between;margin:.35rem 0 0}
figure{margin:2.25rem 0 0}figcaption{margin-bottom:.5rem}
svg{width:100%;height:auto;display:block}svg text{fill:var(--soft)}
polyline{fill:none;stroke:var(--accent);stroke-width:2.5;stroke-linejoin:round}
.axis{stroke:var(--line)}.goal{stroke:var(--soft);stroke-dasharray:3 4}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:1.25rem 1rem;margin:1rem 0 0}
dt{font-size:1.35rem;font-weight:600;font-variant-numeric:tabular-nums}dd{margin:0}
ul{padding-left:1.1rem}li{margin:.35rem 0}
details{border-top:1px solid var(--line);padding:.75rem 0}details:last-of-type{border-bottom:1px solid var(--line)}
summary{cursor:pointer;font-weight:600}
.scroll{overflow-x:auto;margin-top:.75rem}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th{text-align:left;font-weight:600;color:var(--soft)}
th,td{padding:.3rem .75rem .3rem 0;border-bottom:1px solid var(--line);white-space:nowrap}
code{font:13px/1.5 ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
footer{margin-top:2.5rem}
@media print{main{padding:0;max-width:none}details:not([open]){display:none}}
"""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>$title</title>
<style>$style</style>
</head>
<body>
<main>
<div class="head small"><span>raravis certificate · $concept</span><span>$made</span></div>
<div class="verdict $verdict">$verdict_text</div>
<h1>$first</h1>
$rest
$bar
$course
<h2>What it rests on</h2>
<dl>$numbers</dl>
<h2>What must be so</h2>
<ul>$assumptions</ul>
<h2>How it was worked out</h2>
<p>$method</p>
<p>The file beside this page holds every answer. To work the claim out again, without the project:
<code>raravis certify --verify $file</code></p>
<h2>Every unit</h2>
<details><summary>$drawn_count drawn by chance</summary><div class="scroll"><table>
<thead><tr><th>#</th><th>source</th><th>time</th><th>chance</th><th>answer</th><th>counts</th></tr></thead>
<tbody>$drawn</tbody></table></div></details>
<details><summary>$asked_count looked at on purpose</summary><div class="scroll"><table>
<thead><tr><th>#</th><th>source</th><th>time</th><th>chance</th><th>answer</th><th>counts</th></tr></thead>
<tbody>$asked</tbody></table></div></details>
<details><summary>$source_count sources</summary><p class="small">$sources</p></details>
<footer>raravis $version · <code>$digest</code></footer>
</main>
</body>
</html>
"""
