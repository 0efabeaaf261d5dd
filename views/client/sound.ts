const seconds = 0.45;
const loudness = 0.12;
/** A browser that wants a click first never answers. */
const patienceMs = 500;

/** A short soft tone, two notes of a bird. Resolves when it begins; silent where the browser wants a click first. */
export async function playTone(): Promise<void> {
  if (!globalThis.AudioContext) return;
  const audio = new AudioContext();
  try {
    await Promise.race([audio.resume(), new Promise((done) => setTimeout(done, patienceMs))]);
    // Not kept for later: at the next click all that was missed would sound at once.
    if (audio.state !== "running") return await audio.close();
    const [from, volume] = [audio.currentTime, audio.createGain()];
    volume.gain.setValueAtTime(0, from);
    volume.gain.linearRampToValueAtTime(loudness, from + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.001, from + seconds);
    const tone = audio.createOscillator();
    tone.frequency.setValueAtTime(880, from);
    tone.frequency.setValueAtTime(1_174.7, from + 0.12);
    tone.connect(volume).connect(audio.destination);
    tone.onended = () => void audio.close();
    tone.start(from);
    tone.stop(from + seconds);
  } catch {
    await audio.close();
  }
}
