// Puts a page behind a bad link: candidates of the node are replaced by the link's addresses (window.diemCauLink,
// "ip:port" to "ip:port"), in remote descriptions and in candidates that come one by one.
(() => {
  window.diemCauLink = "@ADDRESSES@";

  function move(text) {
    return text.replace(/(candidate:\S+ \d+ \S+ \d+ )(\S+) (\d+)/gi, (whole, head, ip, port) => {
      const target = window.diemCauLink[`${ip}:${port}`];
      if (target === undefined) return whole;
      const colon = target.lastIndexOf(":");
      return `${head}${target.slice(0, colon)} ${target.slice(colon + 1)}`;
    });
  }

  const setRemoteDescription = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function (description, ...rest) {
    const moved = { type: description.type, sdp: move(description.sdp || "") };
    return setRemoteDescription.call(this, moved, ...rest);
  };
  const addIceCandidate = RTCPeerConnection.prototype.addIceCandidate;
  RTCPeerConnection.prototype.addIceCandidate = function (candidate, ...rest) {
    if (!candidate || !candidate.candidate) return addIceCandidate.call(this, candidate, ...rest);
    const plain = typeof candidate.toJSON === "function" ? candidate.toJSON() : candidate;
    return addIceCandidate.call(this, { ...plain, candidate: move(plain.candidate) }, ...rest);
  };
})();
