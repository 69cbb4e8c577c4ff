// Line charts of the last minutes, drawn by the distribution's Chart.js (see bank/pages/CMakeLists.txt).
// Animations are off, and no styles are written into the page: its content policy forbids them.
import { byId, element, setText } from '../common/dom.js';
import { rateText } from './figures.js';

/* global Chart */
const leastWidthMs = 60_000;
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const clockText = (ms) => new Date(ms).toTimeString().slice(0, 8);
const dashes = [[], [6, 3], [2, 3]];

function optionsOf(suggestedMax) {
  return {
    animation: false,
    parsing: false,
    normalized: true,
    responsive: true,
    maintainAspectRatio: false,
    interaction: { mode: 'nearest', axis: 'x', intersect: false },
    plugins: {
      legend: { display: false },
      tooltip: {
        animation: false,
        callbacks: {
          title: (items) => (items.length > 0 ? clockText(items[0].parsed.x) : ''),
          label: (item) => ` ${item.dataset.label}: ${rateText(item.parsed.y)}`,
        },
      },
    },
    scales: {
      x: {
        type: 'linear',
        ticks: { maxTicksLimit: 5, maxRotation: 0, callback: clockText },
        grid: { display: false },
      },
      y: { beginAtZero: true, suggestedMax, ticks: { maxTicksLimit: 5 } },
    },
  };
}

export class LineChart {
  #canvas;
  #name;
  #legend;
  #lines;
  #chart;

  /** Draws into #id. `lines`: names of the lines; `textOf(y)`: a value as text. */
  constructor(id, name, lines, { suggestedMax, textOf }) {
    this.#canvas = byId(id);
    this.#name = name;
    this.textOf = textOf;
    this.#lines = lines;
    this.#legend = lines.map((line, i) => {
      const value = element('strong');
      byId(`${id}-legend`).append(element('li', { class: `line-${i + 1}` }, `${line} `, value));
      return value;
    });
    this.#chart = new Chart(this.#canvas, {
      type: 'line',
      data: {
        datasets: lines.map((label, i) => ({
          label, data: [], borderWidth: 2, borderDash: dashes[i], pointRadius: 0, pointHitRadius: 8, spanGaps: false,
        })),
      },
      options: optionsOf(suggestedMax),
    });
    this.paint();
  }

  /** Applies the page's current colours. */
  paint() {
    const { options, data } = this.#chart;
    for (const [i, set] of data.datasets.entries()) {
      set.borderColor = set.backgroundColor = colour(`--line-${i + 1}`);
    }
    for (const scale of Object.values(options.scales)) {
      scale.ticks.color = colour('--soft');
      scale.grid.color = colour('--line');
      scale.grid.borderColor = colour('--line');
    }
    this.#chart.update('none');
  }

  /** `points`: the points of each line, as in Samples; the last one is now. */
  draw(points, now, spanMs) {
    const first = Math.min(...points.map((p) => p[0]?.x ?? now));
    const { x } = this.#chart.options.scales;
    x.max = now;
    x.min = Math.max(now - spanMs, Math.min(first, now - leastWidthMs));
    for (const [i, line] of points.entries()) {
      this.#chart.data.datasets[i].data = line;
      setText(this.#legend[i], this.textOf(line.at(-1)?.y));
    }
    this.#chart.update('none');
    this.#canvas.setAttribute('aria-label', this.#asText(points));
  }

  #asText(points) {
    const each = points.map((line, i) => {
      const all = line.map((p) => p.y).filter(Number.isFinite);
      const most = all.length > 0 ? this.textOf(Math.max(...all)) : '–';
      return `${this.#lines[i]} ${this.textOf(line.at(-1)?.y)}, at most ${most}`;
    });
    return `${this.#name} in the last minutes: ${each.join('; ')}.`;
  }

  clear() {
    this.#chart.destroy();
    byId(`${this.#canvas.id}-legend`).replaceChildren();
  }
}
