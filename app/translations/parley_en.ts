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
        <source>On {system} Parley cannot have a key while another program is in front; use the space bar in the window.</source>
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
        <source>No microphone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Plug one in, or type below.</source>
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
