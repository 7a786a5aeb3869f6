/// How the page looks, by day, by night and on paper; it uses nothing from outside.
enum PageStyle {
    static let css = """
        :root { color-scheme: light dark; --ground: #f4f6f3; --surface: #fff; --text: #18211b; --muted: #56635a; --rule: #dce2da;
          --accent: #1d7446; --train: #c2560a; --validation: #1a66c9; --test: #7a3fb0; --problem: #b3261e; --warning: #7a5200;
          --info: #1d7446; --heat: #1d7446; --cold: #b3261e; }
        @media (prefers-color-scheme: dark) { :root { --ground: #101512; --surface: #19201b; --text: #e7eee9; --muted: #a0aea5;
          --rule: #2f3a33; --accent: #4cc38a; --train: #ff9f50; --validation: #77b0ff; --test: #c79bf2; --problem: #ff8a80;
          --warning: #f3c969; --info: #4cc38a; --heat: #2b8a5b; --cold: #a8433c; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
        main { max-width: 1080px; margin: 0 auto; padding: 24px 20px 64px; display: grid; gap: 18px; grid-template-columns: minmax(0, 1fr); }
        h1, h2, h3, p, figure, ol, ul, dl, dd { margin: 0; } h1 { font-size: 25px; } h2 { font-size: 18px; } h3 { font-size: 15px; }
        h1, h2, h3 { overflow-wrap: anywhere; } a { color: var(--accent); } .muted, caption, small { color: var(--muted); }
        section { background: var(--surface); border: 1px solid var(--rule); border-radius: 12px; padding: 18px; display: grid; gap: 12px; grid-template-columns: minmax(0, 1fr); }
        .verdict { list-style: none; padding: 0; display: grid; gap: 12px; }
        .verdict li { border-left: 4px solid var(--info); padding-left: 12px; display: grid; gap: 2px; overflow-wrap: anywhere; }
        .verdict li.problem { border-color: var(--problem); } .verdict li.warning { border-color: var(--warning); }
        .verdict b { text-transform: capitalize; } li.problem b { color: var(--problem); } li.warning b { color: var(--warning); } li.info b { color: var(--info); }
        .big { font-size: 34px; font-weight: 700; } dl { display: grid; gap: 10px 22px; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); }
        dt { color: var(--muted); font-size: 13px; } dd { font-weight: 600; }
        .plots { display: grid; gap: 18px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); }
        figcaption { font-weight: 600; } svg { width: 100%; height: auto; display: block; } svg text { font-size: 11px; fill: var(--muted); }
        .grid { stroke: var(--rule); stroke-width: 1; } .line { fill: none; stroke-width: 2; stroke: var(--muted); } .dashed { stroke-dasharray: 5 4; }
        .line.train { stroke: var(--train); } .line.validation { stroke: var(--validation); } .line.test { stroke: var(--test); }
        .dot.train { fill: var(--train); } .dot.validation { fill: var(--validation); } .dot.test { fill: var(--test); } .dot { fill: var(--muted); }
        .key { font-size: 13px; margin-right: 10px; } .key::before { content: ""; display: inline-block; width: 12px; height: 3px; margin: 0 5px 4px 0; background: var(--muted); }
        .key.train::before { background: var(--train); } .key.validation::before { background: var(--validation); } .key.test::before { background: var(--test); }
        .scroll { overflow: auto; max-height: 460px; } table { border-collapse: collapse; } caption { text-align: left; font-size: 13px; padding-bottom: 4px; }
        th, td { text-align: left; padding: 5px 14px 5px 0; border-bottom: 1px solid var(--rule); font-variant-numeric: tabular-nums; } thead th { font-size: 13px; color: var(--muted); font-weight: 550; }
        th { overflow-wrap: break-word; max-width: 260px; min-width: 62px; } tbody th { min-width: 120px; }
        .matrix td { text-align: center; padding: 5px 8px; min-width: 34px; border: 1px solid var(--rule); background: color-mix(in srgb, var(--cold) var(--share), transparent); }
        .matrix td.right { background: color-mix(in srgb, var(--heat) var(--share), transparent); } .matrix thead th { padding: 5px 8px; max-width: 110px; }
        .photos { list-style: none; padding: 0; display: grid; gap: 14px; grid-template-columns: repeat(auto-fill, minmax(130px, 1fr)); }
        .photos img { width: 100%; aspect-ratio: 1; object-fit: cover; border-radius: 8px; background: var(--rule); display: block; } .photos li { overflow-wrap: anywhere; font-size: 13px; } .photos .muted { display: block; font-size: 12px; }
        details > summary { cursor: pointer; color: var(--accent); } :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
        @media print { body { background: none; } .scroll { max-height: none; } section { break-inside: avoid; } }
        """
}
