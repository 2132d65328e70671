"""A causal graph as a picture: SVG, the same bytes every time, drawn without any program beside ours."""

from __future__ import annotations

from html import escape

import networkx as nx

from decision.identification import CausalGraph, Node, Role

WIDTH, HEIGHT = 150, 44
GAP_ACROSS, GAP_DOWN, MARGIN = 90, 26, 20
LEGEND_HEIGHT = 34
# How many rows each column hangs lower than the middle: long arrows must not hide behind boxes.
HANGING = (0.0, 0.5, -2.0, 2.0, -1.0, 0.0)
LEAST_ROWS = 5
COLOURS: dict[Role, str] = {
    Role.CONTEXT: "#dbe9f6",
    Role.TREATMENT: "#fbd9a8",
    Role.MEDIATOR: "#e6e6e6",
    Role.OUTCOME: "#cfe8cf",
    Role.UNOBSERVED: "#f6cccc",
}

Place = tuple[int, int]


def graph_svg(graph: CausalGraph) -> str:
    """Draw a graph from left to right: causes stand before their effects.

    Hovering over a node tells what it is and which columns hold it.
    """
    places = _places(graph)
    width = max(left for left, _ in places.values()) + WIDTH + MARGIN
    height = max(top for _, top in places.values()) + HEIGHT + MARGIN + LEGEND_HEIGHT
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="13">',
        f"<title>Causal graph of {escape(graph.decision)}</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#555"/></marker></defs>',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        *(_arrow(places[cause], places[effect]) for cause, effect in graph.edges),
        *(_box(node, places[node.name]) for node in graph.nodes),
        *_legend(graph, height - LEGEND_HEIGHT + 6),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _places(graph: CausalGraph) -> dict[str, Place]:
    """Upper left corner of every node: a column for each step from the first causes, rows in the graph's order."""
    order = {node.name: number for number, node in enumerate(graph.nodes)}
    columns = [sorted(column, key=order.__getitem__) for column in nx.topological_generations(graph.drawn())]
    tallest = max(LEAST_ROWS, *map(len, columns))
    places = {}
    for across, column in enumerate(columns):
        above = (tallest - len(column)) / 2 + HANGING[across % len(HANGING)]
        for down, name in enumerate(column):
            left = MARGIN + across * (WIDTH + GAP_ACROSS)
            places[name] = (left, MARGIN + round((above + down) * (HEIGHT + GAP_DOWN)))
    return places


def _arrow(cause: Place, effect: Place) -> str:
    start_x, start_y = cause[0] + WIDTH, cause[1] + HEIGHT // 2
    end_x, end_y = effect[0], effect[1] + HEIGHT // 2
    bend = (end_x - start_x) // 2
    path = f"M{start_x} {start_y}C{start_x + bend} {start_y} {end_x - bend} {end_y} {end_x} {end_y}"
    return f'<path d="{path}" fill="none" stroke="#777" stroke-width="1.2" marker-end="url(#tip)"/>'


def _box(node: Node, place: Place) -> str:
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
