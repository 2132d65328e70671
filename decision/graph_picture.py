"""A causal graph as a picture: SVG, the same bytes every time, drawn without any program beside ours."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from decision.graph_layout import HEIGHT, WIDTH, Point, layout_of
from decision.identification import CausalGraph, Node, Role

MARGIN = 20
LEGEND_HEIGHT = 34
COLOURS: dict[Role, str] = {
    Role.CONTEXT: "#dbe9f6",
    Role.TREATMENT: "#fbd9a8",
    Role.MEDIATOR: "#e6e6e6",
    Role.OUTCOME: "#cfe8cf",
    Role.UNOBSERVED: "#f6cccc",
}


def graph_svg(graph: CausalGraph) -> str:
    """Draw a graph from left to right: causes stand before their effects, and no arrow runs behind a box.

    Hovering over a node tells what it is and which columns hold it.
    """
    layout = layout_of(graph)
    points = [*layout.boxes.values(), *(point for way in layout.ways.values() for point in way)]
    width = max(left for left, _ in layout.boxes.values()) + WIDTH + 2 * MARGIN
    height = max(top for _, top in points) + HEIGHT + 2 * MARGIN + LEGEND_HEIGHT
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="13">',
        f"<title>Causal graph of {escape(graph.decision)}</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#555"/></marker></defs>',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<g transform="translate({MARGIN} {MARGIN})">',
        *(_arrow(layout.ways[edge]) for edge in graph.edges),
        *(_box(node, layout.boxes[node.name]) for node in graph.nodes),
        "</g>",
        *_legend(graph, height - LEGEND_HEIGHT + 6),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _arrow(way: Sequence[Point]) -> str:
    """Bent between two columns, straight where it passes one."""
    path, move = "", "M"
    for (start_x, start_y), (end_x, end_y) in zip(way[::2], way[1::2], strict=True):
        bend = (end_x - start_x) // 2
        path += f"{move}{start_x} {start_y}C{start_x + bend} {start_y} {end_x - bend} {end_y} {end_x} {end_y}"
        move = "L"
    return f'<path d="{path}" fill="none" stroke="#777" stroke-width="1.2" marker-end="url(#tip)"/>'


def _box(node: Node, place: Point) -> str:
    told = f"{node.meaning} ({', '.join(node.columns)})" if node.columns else node.meaning
    dashes = ' stroke-dasharray="5 3"' if node.role is Role.UNOBSERVED else ""
    return (
        f'<g><title>{escape(told)}</title><rect x="{place[0]}" y="{place[1]}" width="{WIDTH}" height="{HEIGHT}" rx="7" '
        f'fill="{COLOURS[node.role]}" stroke="#555"{dashes}/><text x="{place[0] + WIDTH // 2}" '
        f'y="{place[1] + HEIGHT // 2 + 5}" text-anchor="middle">{escape(node.name.replace("_", " "))}</text></g>'
    )


def _legend(graph: CausalGraph, top: int) -> list[str]:
    roles = [role for role in Role if any(node.role is role for node in graph.nodes)]
    return [
        f'<rect x="{MARGIN + number * 125}" y="{top}" width="14" height="14" fill="{COLOURS[role]}" stroke="#555"/>'
        f'<text x="{MARGIN + number * 125 + 20}" y="{top + 12}">{role.value}</text>'
        for number, role in enumerate(roles)
    ]
