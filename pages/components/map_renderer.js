// WebGL 2: the points, and a picture behind them. Knows nothing of pointers, legends or time.

const POINT_VERTEX = `#version 300 es
in vec2 before; in vec2 after; in uint code;
uniform vec4 place, placeBefore, view; uniform float share, size; uniform int shift;
uniform highp sampler2D palette;
out vec3 tint;
void main() {
  vec2 at = mix(before * placeBefore.xy + placeBefore.zw, after * place.xy + place.zw, share);
  gl_Position = vec4(at * view.xy + view.zw, 0.0, 1.0);
  gl_PointSize = size;
  int entry = shift > 0 && code == 65535u ? 256 : int(code) >> shift;
  tint = texelFetch(palette, ivec2(entry & 255, entry >> 8), 0).rgb;
}`;

const POINT_FRAGMENT = `#version 300 es
precision highp float;
in vec3 tint; out vec4 color;
uniform float size, alpha, core; uniform vec3 paper, ink;
void main() {
  float radius = size * 0.5;
  float off = length(gl_PointCoord - 0.5) * size;
  float cover = clamp(radius - off, 0.0, 1.0) * alpha;
  if (cover <= 0.0) discard;
  vec3 shade = size > 7.0 ? mix(tint, paper, 0.75 * smoothstep(radius - 2.0, radius - 1.0, off)) : tint;
  if (core > 0.0) shade = mix(ink, shade, smoothstep(core * radius - 1.0, core * radius, off));
  color = vec4(shade * cover, cover);
}`;

const IMAGE_VERTEX = `#version 300 es
uniform vec4 corners; out vec2 where;
void main() {
  vec2 unit = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  where = vec2(unit.x, 1.0 - unit.y);
  gl_Position = vec4(mix(corners.xy, corners.zw, unit), 0.0, 1.0);
}`;

const IMAGE_FRAGMENT = `#version 300 es
precision highp float;
in vec2 where; out vec4 color;
uniform sampler2D first, second; uniform float share, alpha;
void main() { color = mix(texture(first, where), texture(second, where), share) * alpha; }`;

function hexColor(hex) {
  const value = parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

// 256 colours along the ramp, then the grey of missing values.
function rampColors(ramp) {
  const stops = ramp.map(hexColor);
  return [...Array(256).keys()]
    .map((i) => {
      const at = (i / 255) * (stops.length - 1);
      const k = Math.min(stops.length - 2, Math.floor(at));
      return stops[k].map((v, j) => v + (stops[k + 1][j] - v) * (at - k));
    })
    .concat([[150, 150, 150]]);
}

class MapRenderer {
  constructor(canvas) {
    const options = { alpha: false, antialias: false, depth: false };
    this.canvas = canvas;
    this.gl = canvas.getContext("webgl2", options);
    if (!this.gl) {
      throw new Error(
        "this browser offers no WebGL 2. Switch on hardware acceleration or use another browser.",
      );
    }
    this.build();
  }

  build() {
    const gl = this.gl;
    this.points = this.program(POINT_VERTEX, POINT_FRAGMENT);
    this.image = this.program(IMAGE_VERTEX, IMAGE_FRAGMENT);
    this.pointArray = gl.createVertexArray();
    this.imageArray = gl.createVertexArray();
    this.buffers = { positions: gl.createBuffer(), codes: gl.createBuffer(), order: gl.createBuffer() };
    this.earlier = gl.createBuffer(); // positions from which new ones glide in
    this.palette = gl.createTexture();
    this.images = [];
    this.codeSize = 1;
  }

  program(vertex, fragment) {
    const gl = this.gl;
    const program = gl.createProgram();
    for (const [type, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
      const shader = gl.createShader(type);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
      throw new Error(`shader: ${gl.getProgramInfoLog(program)}`);
    }
    const uniforms = {};
    for (let i = 0; i < gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS); i++) {
      const { name } = gl.getActiveUniform(program, i);
      uniforms[name] = gl.getUniformLocation(program, name);
    }
    return { program, uniforms };
  }

  fill(target, buffer, data) {
    this.gl.bindVertexArray(null);
    this.gl.bindBuffer(target, buffer);
    this.gl.bufferData(target, data, this.gl.STATIC_DRAW);
  }

  setPositions(coded, glide) {
    const { buffers, gl } = this;
    if (glide) [buffers.positions, this.earlier] = [this.earlier, buffers.positions];
    this.fill(gl.ARRAY_BUFFER, buffers.positions, coded);
  }

  setCodes(codes, colors) {
    const gl = this.gl;
    this.codeSize = codes.BYTES_PER_ELEMENT;
    this.fill(gl.ARRAY_BUFFER, this.buffers.codes, codes);
    const rows = Math.ceil(colors.length / 256);
    const texels = new Uint8Array(rows * 1024);
    colors.forEach((rgb, i) => texels.set(rgb.map(Math.round), 4 * i));
    gl.bindTexture(gl.TEXTURE_2D, this.palette);
    for (const wrap of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) {
      gl.texParameteri(gl.TEXTURE_2D, wrap, gl.NEAREST);
    }
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, rows, 0, gl.RGBA, gl.UNSIGNED_BYTE, texels);
  }

  setOrder(order) {
    this.fill(this.gl.ELEMENT_ARRAY_BUFFER, this.buffers.order, order);
  }

  setImage(i, bitmap) {
    const gl = this.gl;
    this.images[i] ??= gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, this.images[i]);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
    for (const wrap of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) {
      gl.texParameteri(gl.TEXTURE_2D, wrap, gl.CLAMP_TO_EDGE);
    }
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
  }

  dropImages() {
    this.images.forEach((texture) => this.gl.deleteTexture(texture));
    this.images = [];
  }

  // scene: paper, ink (0..255), image {first, second, share, corners}, ranges [{from, count, ...}],
  // n, before and after (epochs), codesFrom, share, place, placeBefore, glide, view, size, shift
  draw(scene) {
    const { gl, canvas } = this;
    const unit = (rgb) => rgb.map((v) => v / 255);
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clearColor(...unit(scene.paper), 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    if (scene.image) this.drawImage(scene.image);
    if (!scene.n) return;
    const { program, uniforms } = this.points;
    gl.useProgram(program);
    gl.bindVertexArray(this.pointArray);
    const attribute = (name, buffer, set) => {
      const at = gl.getAttribLocation(program, name);
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      gl.enableVertexAttribArray(at);
      set(at);
    };
    const epoch = (i) => (at) =>
      gl.vertexAttribPointer(at, 2, gl.UNSIGNED_SHORT, true, 0, 4 * scene.n * i);
    const { positions, codes, order } = this.buffers;
    attribute("before", scene.glide ? this.earlier : positions, epoch(scene.before));
    attribute("after", positions, epoch(scene.after));
    const codeType = this.codeSize === 1 ? gl.UNSIGNED_BYTE : gl.UNSIGNED_SHORT;
    attribute("code", codes, (at) =>
      gl.vertexAttribIPointer(at, 1, codeType, 0, this.codeSize * scene.codesFrom));
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, order);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.palette);
    gl.uniform1i(uniforms.palette, 0);
    gl.uniform1i(uniforms.shift, scene.shift);
    gl.uniform4fv(uniforms.place, scene.place);
    gl.uniform4fv(uniforms.placeBefore, scene.placeBefore);
    gl.uniform4fv(uniforms.view, scene.view);
    gl.uniform1f(uniforms.share, scene.share);
    gl.uniform3fv(uniforms.paper, unit(scene.paper));
    gl.uniform3fv(uniforms.ink, unit(scene.ink));
    for (const { from, count, alpha, core = 0, size } of scene.ranges) {
      if (!count) continue;
      gl.uniform1f(uniforms.alpha, alpha);
      gl.uniform1f(uniforms.core, core);
      gl.uniform1f(uniforms.size, size);
      gl.drawElements(gl.POINTS, count, gl.UNSIGNED_INT, 4 * from);
    }
    gl.bindVertexArray(null);
  }

  drawImage({ first, second, share, corners, alpha }) {
    const { gl } = this;
    const { program, uniforms } = this.image;
    if (!this.images[first] || !this.images[second]) return;
    gl.useProgram(program);
    gl.bindVertexArray(this.imageArray);
    [first, second].forEach((i, unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, this.images[i]);
    });
    gl.uniform1i(uniforms.first, 0);
    gl.uniform1i(uniforms.second, 1);
    gl.uniform1f(uniforms.share, share);
    gl.uniform1f(uniforms.alpha, alpha);
    gl.uniform4fv(uniforms.corners, corners);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  release() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}
