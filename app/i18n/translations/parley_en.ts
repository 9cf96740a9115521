<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en_US">
<context>
    <name>Captions</name>
    <message>
        <source>Captions of the conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What you say and what Parley says appears here.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Card</name>
    <message>
        <source>Lacks: {what}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>These listen and speak. Without them the embedded profile&apos;s ears and voice do, and the server thinks all the same.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In the background; you can go on talking</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Download {size}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>graphics memory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>memory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Needs: {what}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Needs {needs} of {where}; {free} are free here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Chat model at {bits}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>parts that this Parley was installed without ({what})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{size} to download</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>I have read it and agree</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>I have read the licence {name} and agree</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Parley is offline: see Privacy</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Chat</name>
    <message>
        <source>knows and follows most; wants a fast computer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>good for everyday questions, advice and short stories; often wrong about facts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>good for everyday questions and what follows from them; often wrong about facts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>good for short answers on a small computer; often wrong</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>good for a chat where memory is scarce; very often wrong</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ChatOffer</name>
    <message>
        <source>A chat model could answer this.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Get one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Opens the settings, where a chat model can be had</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Get a chat model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dismiss the offer</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ChatView</name>
    <message>
        <source>Looking at what would run here...</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In the background; you can go on talking</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Think with it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Chooses the profile Embedded and this model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For questions, advice, plans and stories. It runs on this computer, nothing that you say leaves it, and when it has come it joins the conversation.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Chat model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{memory} of memory, {cores} cores</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This computer ({where}) has too little memory for a chat model. A server can think for it: see Server.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Here: {name}; {what}. It takes about {memory} of memory while it runs.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recommended for this computer ({where}): {name}; {what}. It takes about {memory} of memory while it runs.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Licence: {name}: {conditions}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where it cannot be reached, the next of these comes: {names}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Download {size}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Download the chat model {name}, {size}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Parley is offline: see Privacy</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Composer</name>
    <message>
        <source>Or type here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Type instead of speaking</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Return sends; Up and Down bring back earlier lines.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send the typed line</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DevicesPage</name>
    <message>
        <source>Microphone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Speaker</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look for devices again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>After plugging something in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loudspeakers and echo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the first run again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Welcome, microphone, echo, first words</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The system&apos;s default</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} (not there now)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DiagnosticsPage</name>
    <message>
        <source>Copy for a bug report</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All of it, into the clipboard</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Examines this machine anew</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What a bug report needs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No word that was said is in it, and not your name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The last minute</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Saves the sound and the decisions of the last 60 seconds into a folder. Your voice is in it: listen to it before you give it to anybody.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the last minute</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Into a folder of its own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Looking at this machine...</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copied.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is nothing to copy yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Saving...</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DownloadBar</name>
    <message>
        <source>Download</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What has come is kept; the next time it goes on from there</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{share:.0f} per cent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Downloading</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Checking</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Converting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Starting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{doing} {name}: {done} of {total}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{doing} {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stopped. What has come is kept; the next time it goes on from there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not downloaded: {why}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Echo</name>
    <message>
        <source>Good: you can interrupt Parley while it speaks.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It works, but not well.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Parley hears itself too well here: it may interrupt itself, or not hear you over its own voice.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No echo: you use headphones, or the loudspeaker is silent. Did you hear the phrase?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The microphone delivers nothing but zeros.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Switch the microphone on, or allow Parley to use it in the system&apos;s privacy settings.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose another microphone and loudspeaker, best both of one device.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The microphone is overdriven: turn the loudspeaker down, or the microphone&apos;s level.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turn the loudspeaker down, or move the microphone away from it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The sound comes late, as with Bluetooth: a wired loudspeaker is better.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use headphones.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Echo removal is off: switch it on, or use headphones.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>With headphones you may switch the echo removal off; it costs nothing to leave it on.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>EchoPanel</name>
    <message>
        <source>Test my speakers and echo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Plays a phrase and listens to it; ten seconds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Test of loudspeakers and echo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop the test</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The conversation pauses. Please be quiet for a moment.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Test again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The test did not work: {why}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Echo removed: {db:.0f} dB</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delay: {ms:.0f} ms</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Echo at the microphone: {db:+.0f} dB</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Microphone&apos;s noise: {db:.0f} dB</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FarKey</name>
    <message>
        <source>Held anywhere: {keys} talks (in push-to-talk mode).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No key for talking from other programs is chosen (window.hotkey).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{keys} belongs to another program; choose another key in the settings.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{keys} cannot be a key for everywhere; use a letter, a digit, F1 to F24, Space or Pause.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A Mac has no key {keys}; choose another one in the settings.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>macOS gives no key: {error}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hold to talk to Parley</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In push-to-talk mode your desktop is asked for {keys} as the key to hold anywhere.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your desktop has been asked for {keys} as the key to hold anywhere; it has not answered yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your desktop knows “Hold to talk to Parley” but has no key for it; give it one in the desktop&apos;s settings for shortcuts.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This desktop offers programs no key for everywhere (portal GlobalShortcuts); use the space bar in the window.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The desktop&apos;s portal for shortcuts has ended; the key is back when it is.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The desktop gives no key for everywhere: {error}. `parley desktop-file install` may help; then choose push to talk again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You or your desktop refused a key for everywhere; choose push to talk again to be asked again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no desktop that could give a key to a program in the background.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The X server gives no key: {error}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FirstRun</name>
    <message>
        <source>Welcome to Parley</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hello.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Welcome</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose another microphone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Opens the settings of the devices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your microphone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Say something, anything. The bar moves when Parley hears you. It does not answer yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your loudspeaker</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Parley plays a phrase and measures how much of it comes back into the microphone. So it knows whether you can interrupt it, and you know whether it can be heard.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Parley is a voice assistant that runs on your own computer. You can interrupt it, it goes on after a cough, and nothing that you say is kept, or leaves this machine unless you choose a server.

Four short steps: microphone, loudspeaker, a chat model if you like, and your first question.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A chat model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You can talk at once: Parley tells the time, keeps timers and notes, and does sums. For anything else it needs a chat model, now or later (Settings, Profile and models).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Talk</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask: “What time is it in Tokyo?” Or: “Tell me what you can do.”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>To the step before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Skip all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You find it again in Settings, Devices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>To the next step</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No samples arrive from the microphone.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only zeros arrive: the microphone is switched off, or Parley may not use it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Parley hears you. ✓</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nobody speaks yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>System Settings, Privacy &amp; Security, Microphone: allow Parley.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings, Privacy &amp; security, Microphone: let desktop apps access your microphone.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look into the sound settings of your desktop, or for a switch at the microphone itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You: {text}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Begin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Done</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{n} of {all}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Help</name>
    <message>
        <source>Stop talking at once</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Held: talk (push to talk; not while you type)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mute, or hear again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open microphone, or push to talk</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Type instead of speaking</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search the conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the conversation as a file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete the conversation, also from Parley&apos;s memory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Latency of the last turn, by stage</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Small window, always on top</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This sheet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hide the window (the tray&apos;s icon stays)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Parley: keys and signs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In the picture of the last 30 seconds, a triangle to the right is Parley taking the floor or going on, one pointing down its voice lowered, one pointing up its full voice again, a square its falling silent, a diamond a sign of listening or a sound without words. Point at a sign, or go to it with Left and Right, for its reason.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Just speak to interrupt. “Stop” and “quiet” always end the answer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keys and signs</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Lanes</name>
    <message>
        <source>Parley takes the floor</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Parley lowers its voice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Parley is at full voice again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Parley yields</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Parley goes on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Parley shows that it listens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A sound, but no words</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You pressed Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The last 30 seconds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Left and Right go through the marks.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{s:.0f} s ago</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>30 s ago</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>15 s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>now</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LevelMeter</name>
    <message>
        <source>Level: {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no signal</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Licences</name>
    <message>
        <source>free to use, change and share; keep the notices; no warranty</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>free to use, change and share; keep the notice; no warranty</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Marks</name>
    <message>
        <source>nothing to answer, so it is not.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>you had finished (answer {n}).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>you had finished; answer {n} came {ms:.0f} ms after your last word.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>there is a voice or a sound over the answer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>that was not meant to take the floor.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>you pressed Stop.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>you took the floor.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no words followed for {s} s, it was no interruption.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it was no interruption.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>you took the floor with “{words}”.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ModelsPage</name>
    <message>
        <source>Chat model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Larger profiles</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ModelsView</name>
    <message>
        <source>Looking at what would run here...</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Models are in {folder}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Notice</name>
    <message>
        <source>Dismiss the problem</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Problem: {text}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Notices</name>
    <message>
        <source>{trouble}. Looking for a working device.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No sound device works: {trouble}. Parley goes on as soon as there is one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sound is back, through {name}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The system&apos;s default device has changed: sound goes through {name} now.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{trouble}. Until it is back, sound goes through {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} is back; sound goes through it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} came back but does not run: {trouble}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: the microphone is heard again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: {trouble}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} runs at {khz} kHz, telephone quality (a Bluetooth headset whose microphone is on?): choose the built-in microphone as input to hear the assistant clearly</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} runs at {khz} kHz instead of {good}; Parley converts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no sound for {s} s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the microphone delivers nothing but zeros: it is muted, or Parley has no permission to use it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the stream has ended</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the sound process is gone: {why}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the sound system did not answer within {s} s while opening the device: restart it (or the computer), or choose another device</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the sound system did not answer within {s} s while listing the devices: restart it (or the computer), or choose another device</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the sound system did not answer within {s} s while starting the stream: restart it (or the computer), or choose another device</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the device is not started</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the device is not open</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the device is stopped</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>another device was chosen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the chosen device takes over</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the system&apos;s default device has changed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no microphone was found on this machine: plug one in or start the sound server (`parley doctor` lists what is there; `parley converse` needs no device)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no loudspeaker was found on this machine: plug one in or start the sound server (`parley doctor` lists what is there; `parley converse` needs no device)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{names}: in use by another program (another Parley?); close that one, or choose another device with --input and --output</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{names}: cannot be opened ({error}); is it plugged in, and does its sound server run? `parley doctor` lists what is there</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No answer came in time.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The recogniser cannot keep up, words may be missed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{stage}: {error}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This could not be said: {text}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it is still busy with what nobody wants any more</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{thread} stopped: {error}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{trouble}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{input} → {output}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>microphone: {input}; loudspeaker: {output}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>push to talk: press Enter, speak, press Enter again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The conversation starts again with the new settings.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The conversation cannot be ended ({error}). Start Parley again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The conversation stands still; it is started again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The conversation stands still again and again. Run `parley doctor`, then start Parley again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The conversation goes on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The conversation could not be started.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An error that Parley does not know: {error}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: reads what listens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: reads what thinks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: reads what thinks ({precision})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>reads the persona</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: reads the voice&apos;s language model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: reads the flow and the vocoder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: prepares the voice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>asks the server at {address}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: ready</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{lack}; until then {name} listens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{lack}; until then Parley&apos;s own small recogniser listens, which understands much less</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{lack}; until then {name} speaks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the natural voice is missing: {lack}; until then eSpeak NG speaks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{lack}; the next source is used</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>none of its sources could be used; what has come is kept, try again later ({why})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no chat model: {trouble}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a chat model could answer this</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the chat model has joined the conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: {speed} words or parts of words a second is too slow to talk to; a smaller chat model answers sooner (brain.model)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: the server takes no tools with this model, so it can only talk; another model can set timers, too</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{address}: the server is still loading its model; it is waited for</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{address}: no answer yet; the server may be loading its model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: tokens are computed operation by operation: {why}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: the voice&apos;s language model is computed operation by operation: {why}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: the flow is computed {how}: recorded it would answer sooner, but {why}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the voice: it answers later than others would: {why}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the voice: no recording and no speaker is chosen, so CosyVoice speaks in its average voice; a voice file with a prompt gives it another</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The settings hold, but were not saved: {trouble}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not saved: {trouble}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a voice of your own is left out: {trouble}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>voices of your own are left out: {trouble}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>notes and timers are no longer kept: {error}; start Parley again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path}: is damaged; it is kept as {aside}, and {n} of its timers can be read and run on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path}: is damaged; it is kept as {aside}, and what timers it held is not known</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>recording to {path}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>recording stopped: {error}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the last minute is in {folder}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the trace was not saved: {error}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Saved: {path}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} was not saved: {error}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Say it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close other programs or choose a smaller profile.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is tried again with the next sentence.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start Parley again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mend it, or choose otherwise in the settings.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose otherwise in the settings, and please report this line: it is a fault in Parley.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Please report this line: it is a fault in Parley.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is read again at the next start.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is told at the next start.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose another folder.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Orb</name>
    <message>
        <source>State: {name}. {hint}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Page</name>
    <message>
        <source>You</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search the conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the conversation as a file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete the conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Latency of the last turn</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Small window, always on top</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Menu</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hold to talk</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hold this button or the space bar while you speak</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop talking at once</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open microphone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Parley listens all the time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Push to talk</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Parley listens while you hold the button or the space bar</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mute</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Parley does not hear you</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PrivacyPage</name>
    <message>
        <source>What is stored</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only on this computer; Parley sends nothing anywhere unless you choose a server or download a model.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This conversation (in memory alone)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Notes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Timers, alarms and reminders</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recordings of conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Saved last minutes (traces)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Downloaded models</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What models have prepared (cache)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete what is ticked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Asks once more before it deletes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Yes, delete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This cannot be undone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep everything</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing is ticked.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Really delete? {what}. This cannot be undone.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Deleted.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{folder}: files: {n}, {size}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{folder}: nothing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lines: {n}; gone when Parley is closed</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SearchBar</name>
    <message>
        <source>Search the conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Earlier hit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Later hit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close the search</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>none</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{n} hits</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ServerPage</name>
    <message>
        <source>Test the server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Asks for one short answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Asking...</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Test again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It works: {model} says “{said}”</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ServersView</name>
    <message>
        <source>{name} runs on this computer ({url}), and Parley thinks with it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} runs on this computer ({url}) and can think for Parley.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model of {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Think with {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Chooses the profile Server with this address and model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Chosen. The conversation starts again with {model}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Settings</name>
    <message>
        <source>In my own words</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reset: {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Microphone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>input device sound mic headset hear</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The system&apos;s default</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loudspeaker</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>output device sound speaker headphones headset volume</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Echo removal</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Takes Parley&apos;s own voice out of the microphone, so that you can interrupt it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>canceller echo aec headphones feedback hears itself</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Parley&apos;s own (recommended)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>WebRTC AEC3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Speex</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Off: I use headphones</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>When Parley listens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>mode open microphone push to talk ptt key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Always (open microphone)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>While I hold a key (push to talk)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Push-to-talk key in other programs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Press the keys you want. In this window, the space bar.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>hotkey shortcut global key push to talk</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Patience</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How long you may pause before Parley answers.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>pause wait cut off slow fast answer end of turn thinking</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>answers at once</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>waits long</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How easily it can be interrupted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What it takes to stop Parley while it speaks.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>interrupt barge in stop talk over</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>hardly ever</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>by the first syllable</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go on after a false interruption</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A cough or a door stops the answer only for a moment.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>resume interruption cough noise continue</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Signs of listening</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Says “mm-hm” now and then while you talk for long.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>back-channel mm-hm hum uh-huh</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What decides when to speak</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The trained one hears how you speak; the rules count pauses.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>predictor turn-taking model expert</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The profile&apos;s own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rules</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Trained network</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What Parley does by itself (time, timers, notes, sums) is asked for in English.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>speech recognition engine whisper asr expert</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>synthesiser engine hibari espeak cosyvoice tts expert</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For whatever answers beside the grammar: a chat model here, or on a server.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its name on the server, a GGUF file, or a chat model that Parley knows. Empty: the best that is there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The window opens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>start minimised tray compact login</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>as usual</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>minimised, in the tray where there is one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>as a small strip, always on top</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Voice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>speaker accent man woman british language sound</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What speaks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CosyVoice needs a profile with large models.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Emotion</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>feeling mood tone happy sad</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>neutral</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>happy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>sad</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>angry</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>fearful</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>surprised</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>calm</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>excited</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Manner of speaking</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>style whisper robot loud soft storyteller</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>plain</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>soft</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>loud</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>whispering</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>like a robot</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>like a storyteller</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>slow and clear</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Chinese dialect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only voices of the large profiles speak one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>cantonese sichuan</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>none</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Speed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>rate fast slow tempo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>slower</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>faster</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pitch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>high low deep tone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>deeper</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>higher</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Volume</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>loud quiet gain</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>quieter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>louder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Language you speak</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>language english chinese cantonese japanese korean</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>found out by itself</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Words of your own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Names and places that Parley should recognise, one on each line.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>vocabulary names dictionary recognise</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recogniser</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Who Parley is</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>persona character personality role prompt friendly tutor</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Friendly</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Concise</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tutor</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Storyteller</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How freely it words its answers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>temperature creative random</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>to the point</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>freely</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Profile</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which parts listen, think and speak. A change starts the conversation again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>profile embedded workstation server aligned gpu</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Embedded: runs everywhere</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Workstation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Aligned</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder of the models</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Empty: in Parley&apos;s own folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>disk path models download</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Address of the server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Any OpenAI-compatible server, such as http://localhost:8000/v1. The profile “server” thinks with it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>url openai vllm ollama llama api endpoint</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>llm model name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>File with the key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its first line is the server&apos;s key. Empty: no key, or PARLEY_SERVER_KEY.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>api key token password secret</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep conversations as sound</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Off, nothing that is said is written to the disk.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>record recording audio save privacy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Offline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Refuses downloads too, the only thing that asks the network for anything.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>network internet download privacy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder of the notes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>notes path disk folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Devices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Languages</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Persona</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Profile and models</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Privacy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Diagnostics</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Test my speakers and echo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>echo test wizard delay headphones</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the first run again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>welcome introduction tutorial</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Listen to the voice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>preview try hear example</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Download models</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>pull licence disk gigabytes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Test the server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>connection answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is stored, and delete all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>delete erase forget data files recordings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy what a bug report needs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>bug report doctor log problem help</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the last minute</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>trace bug report record 60 seconds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Get a chat model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>language model llm talk think brain persona download ollama llama.cpp lm studio</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SettingsPanel</name>
    <message>
        <source>Parley: settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search the settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings found</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pages</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Page</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close the settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing is called like that.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StageBar</name>
    <message>
        <source>wait</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>listen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>think</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>speak</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{ms:.0f} ms</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answered in {stages}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No answer yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From the end of your words to the first sound of the answer, by stage, in milliseconds</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>States</name>
    <message>
        <source>Starting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Microphone and voice are being opened.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ready</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Say something.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Listening</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take your time.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Finished? Just go on if not.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Thinking</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The answer is on its way.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Talking</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Just speak to interrupt, or press Escape.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Talking softly</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Did you want to say something?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The answer is held back until you have finished.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Muted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Parley cannot hear you.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not hearing you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stuck</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Attention</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Strip</name>
    <message>
        <source>You</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hold to talk</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mute: Parley does not hear you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop talking at once</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the whole window</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Tray</name>
    <message>
        <source>Show or hide the window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mute</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Push to talk</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop talking</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quit</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Truth</name>
    <message>
        <source>No samples arrive from the microphone. Parley looks for it; check the plug, or choose another one in the settings.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The microphone delivers nothing but zeros. Switch it on, or allow Parley to use it in the system&apos;s privacy settings.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Starting takes longer than it should. Wait, or close Parley and run `parley doctor`.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There was a sound, but no words.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It takes longer than usual. Escape gives up.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hold the button or the space bar and speak.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>VoicePage</name>
    <message>
        <source>Listen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Says a phrase with this voice; again: from its beginning</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop talking at once</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This is how I sound now. Do you like it?</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Voices</name>
    <message>
        <source>the usual voice, because this one&apos;s file is broken</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clara, a woman&apos;s natural voice, American</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A woman&apos;s voice, American</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A woman&apos;s voice, American, quick</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A woman&apos;s voice, British</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A man&apos;s voice, American, unhurried</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A man&apos;s voice, American, the easiest to understand</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A deep man&apos;s voice, American</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A woman&apos;s voice, American, soft and calm</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A man&apos;s voice, British, matter-of-fact and brisk</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A robot, all on one note</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A man&apos;s voice, Scottish</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A woman&apos;s voice, British, that tells stories</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A woman&apos;s voice, American, in a good mood</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A whisper, for the night</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Window</name>
    <message>
        <source>You</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>interrupted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Parley does not hear you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Listening: let go when done</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hold to talk</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Muted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mute</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hold the button, the space bar or, anywhere, {keys}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Parley listens while you hold the button or the space bar</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Echo removed: {db:.0f} dB</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The loudspeaker reaches the microphone after {ms:.0f} ms</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
