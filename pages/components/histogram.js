// A small histogram: how many of a class's own images get which probability, from 0 to 1.

function smallHistogram(counts, width, height) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("class", "histogram");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const most = Math.max(1, ...counts);
  const step = width / counts.length;
  let path = "";
  counts.forEach((count, bin) => {
    if (!count) return;
    const tall = Math.max(1, ((height - 1) * count) / most);
    path += `M${bin * step} ${height - 1}v${-tall}h${step - 0.6}v${tall}z`;
  });
  const bars = document.createElementNS(space, "path");
  bars.setAttribute("d", path);
  bars.setAttribute("fill", "currentColor");
  bars.setAttribute("opacity", ".62");
  const ground = document.createElementNS(space, "path");
  ground.setAttribute("d", `M0 ${height - 0.5}H${width}`);
  ground.setAttribute("stroke", "currentColor");
  ground.setAttribute("opacity", ".35");
  svg.append(bars, ground);
  return svg;
}

function histogramWords(counts) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (!total) return "no images";
  const sure = counts.slice(-2).reduce((sum, count) => sum + count, 0);
  const lost = counts.slice(0, 2).reduce((sum, count) => sum + count, 0);
  return `${total.toLocaleString("en")} images of the class by the probability it gets: ` +
    `${sure.toLocaleString("en")} above 0.9, ${lost.toLocaleString("en")} below 0.1`;
}
