<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE">
<context>
    <name>Captions</name>
    <message>
        <source>Captions of the conversation</source>
        <translation>Untertitel des Gesprächs</translation>
    </message>
    <message>
        <source>What you say and what Parley says appears here.</source>
        <translation>Hier erscheint, was du sagst und was Parley sagt.</translation>
    </message>
</context>
<context>
    <name>Card</name>
    <message>
        <source>Lacks: {what}</source>
        <translation>Es fehlt: {what}</translation>
    </message>
    <message>
        <source>These listen and speak. Without them the embedded profile&apos;s ears and voice do, and the server thinks all the same.</source>
        <translation>Diese hören zu und sprechen. Ohne sie tun es Ohren und Stimme des Profils Embedded, und der Server denkt ebenso.</translation>
    </message>
    <message>
        <source>In the background; you can go on talking</source>
        <translation>Im Hintergrund; du kannst weitersprechen</translation>
    </message>
    <message>
        <source>Download {size}</source>
        <translation>{size} herunterladen</translation>
    </message>
    <message>
        <source>graphics memory</source>
        <translation>Grafikspeicher</translation>
    </message>
    <message>
        <source>memory</source>
        <translation>Arbeitsspeicher</translation>
    </message>
    <message>
        <source>Needs: {what}</source>
        <translation>Braucht: {what}</translation>
    </message>
    <message>
        <source>Needs {needs} of {where}; {free} are free here.</source>
        <translation>Braucht {needs} {where}; {free} sind hier frei.</translation>
    </message>
    <message>
        <source>Chat model at {bits}.</source>
        <translation>Sprachmodell mit {bits}.</translation>
    </message>
    <message>
        <source>parts that this Parley was installed without ({what})</source>
        <translation>Teile, ohne die dieses Parley installiert wurde ({what})</translation>
    </message>
    <message>
        <source>here</source>
        <translation>vorhanden</translation>
    </message>
    <message>
        <source>{size} to download</source>
        <translation>{size} herunterzuladen</translation>
    </message>
    <message>
        <source>I have read it and agree</source>
        <translation>Ich habe sie gelesen und stimme zu</translation>
    </message>
    <message>
        <source>I have read the licence {name} and agree</source>
        <translation>Ich habe die Lizenz {name} gelesen und stimme zu</translation>
    </message>
    <message>
        <source>Parley is offline: see Privacy</source>
        <translation>Parley ist ohne Netz: siehe Privates</translation>
    </message>
</context>
<context>
    <name>Chat</name>
    <message>
        <source>knows and follows most; wants a fast computer</source>
        <translation>weiß und versteht am meisten; braucht einen schnellen Computer</translation>
    </message>
    <message>
        <source>good for everyday questions, advice and short stories; often wrong about facts</source>
        <translation>gut für Alltagsfragen, Rat und kurze Geschichten; irrt sich oft in Tatsachen</translation>
    </message>
    <message>
        <source>good for everyday questions and what follows from them; often wrong about facts</source>
        <translation>gut für Alltagsfragen und Nachfragen; irrt sich oft in Tatsachen</translation>
    </message>
    <message>
        <source>good for short answers on a small computer; often wrong</source>
        <translation>gut für kurze Antworten auf einem kleinen Computer; irrt sich oft</translation>
    </message>
    <message>
        <source>good for a chat where memory is scarce; very often wrong</source>
        <translation>gut zum Plaudern, wo Speicher knapp ist; irrt sich sehr oft</translation>
    </message>
</context>
<context>
    <name>ChatOffer</name>
    <message>
        <source>A chat model could answer this.</source>
        <translation>Ein Chatmodell könnte das beantworten.</translation>
    </message>
    <message>
        <source>Get one</source>
        <translation>Eines holen</translation>
    </message>
    <message>
        <source>Opens the settings, where a chat model can be had</source>
        <translation>Öffnet die Einstellungen, in denen es ein Chatmodell gibt</translation>
    </message>
    <message>
        <source>Get a chat model</source>
        <translation>Ein Chatmodell holen</translation>
    </message>
    <message>
        <source>Dismiss the offer</source>
        <translation>Angebot ausblenden</translation>
    </message>
</context>
<context>
    <name>ChatView</name>
    <message>
        <source>Looking at what would run here...</source>
        <translation>Es wird nachgesehen, was hier laufen würde ...</translation>
    </message>
    <message>
        <source>In the background; you can go on talking</source>
        <translation>Im Hintergrund; du kannst weitersprechen</translation>
    </message>
    <message>
        <source>Think with it</source>
        <translation>Damit denken</translation>
    </message>
    <message>
        <source>Chooses the profile Embedded and this model</source>
        <translation>Wählt das Profil Embedded und dieses Modell</translation>
    </message>
    <message>
        <source>For questions, advice, plans and stories. It runs on this computer, nothing that you say leaves it, and when it has come it joins the conversation.</source>
        <translation>Für Fragen, Rat, Pläne und Geschichten. Es läuft auf diesem Computer, nichts, was du sagst, verlässt ihn, und wenn es da ist, kommt es zum Gespräch dazu.</translation>
    </message>
    <message>
        <source>Chat model</source>
        <translation>Chatmodell</translation>
    </message>
    <message>
        <source>{memory} of memory, {cores} cores</source>
        <translation>{memory} Speicher, {cores} Kerne</translation>
    </message>
    <message>
        <source>This computer ({where}) has too little memory for a chat model. A server can think for it: see Server.</source>
        <translation>Dieser Computer ({where}) hat für ein Chatmodell zu wenig Speicher. Ein Server kann für ihn denken: siehe Server.</translation>
    </message>
    <message>
        <source>Here: {name}; {what}. It takes about {memory} of memory while it runs.</source>
        <translation>Hier ist {name}: {what}. Es braucht etwa {memory} Speicher, während es läuft.</translation>
    </message>
    <message>
        <source>Recommended for this computer ({where}): {name}; {what}. It takes about {memory} of memory while it runs.</source>
        <translation>Für diesen Computer ({where}) empfohlen: {name}; {what}. Es braucht etwa {memory} Speicher, während es läuft.</translation>
    </message>
    <message>
        <source>Licence: {name}: {conditions}</source>
        <translation>Lizenz: {name}: {conditions}</translation>
    </message>
    <message>
        <source>Where it cannot be reached, the next of these comes: {names}.</source>
        <translation>Wo es nicht erreichbar ist, kommt das nächste von diesen: {names}.</translation>
    </message>
    <message>
        <source>Download {size}</source>
        <translation>{size} herunterladen</translation>
    </message>
    <message>
        <source>Download the chat model {name}, {size}</source>
        <translation>Das Chatmodell {name} herunterladen, {size}</translation>
    </message>
    <message>
        <source>Parley is offline: see Privacy</source>
        <translation>Parley ist ohne Netz: siehe Privates</translation>
    </message>
</context>
<context>
    <name>Composer</name>
    <message>
        <source>Or type here</source>
        <translation>Oder hier tippen</translation>
    </message>
    <message>
        <source>Type instead of speaking</source>
        <translation>Tippen statt sprechen</translation>
    </message>
    <message>
        <source>Return sends; Up and Down bring back earlier lines.</source>
        <translation>Die Eingabetaste sendet; Auf und Ab holen frühere Zeilen zurück.</translation>
    </message>
    <message>
        <source>Send the typed line</source>
        <translation>Die getippte Zeile senden</translation>
    </message>
</context>
<context>
    <name>DevicesPage</name>
    <message>
        <source>Microphone</source>
        <translation>Mikrofon</translation>
    </message>
    <message>
        <source>Speaker</source>
        <translation>Lautsprecher</translation>
    </message>
    <message>
        <source>Look for devices again</source>
        <translation>Geräte neu suchen</translation>
    </message>
    <message>
        <source>After plugging something in</source>
        <translation>Nachdem etwas angeschlossen wurde</translation>
    </message>
    <message>
        <source>Loudspeakers and echo</source>
        <translation>Lautsprecher und Echo</translation>
    </message>
    <message>
        <source>Show the first run again</source>
        <translation>Den ersten Start noch einmal zeigen</translation>
    </message>
    <message>
        <source>Welcome, microphone, echo, first words</source>
        <translation>Willkommen, Mikrofon, Echo, erste Worte</translation>
    </message>
    <message>
        <source>The system&apos;s default</source>
        <translation>Vorgabe des Systems</translation>
    </message>
    <message>
        <source>{name} (not there now)</source>
        <translation>{name} (gerade nicht da)</translation>
    </message>
</context>
<context>
    <name>DiagnosticsPage</name>
    <message>
        <source>Copy for a bug report</source>
        <translation>Bericht kopieren</translation>
    </message>
    <message>
        <source>All of it, into the clipboard</source>
        <translation>Alles, in die Zwischenablage</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>Neu prüfen</translation>
    </message>
    <message>
        <source>Examines this machine anew</source>
        <translation>Untersucht diesen Rechner noch einmal</translation>
    </message>
    <message>
        <source>What a bug report needs</source>
        <translation>Was ein Fehlerbericht braucht</translation>
    </message>
    <message>
        <source>No word that was said is in it, and not your name.</source>
        <translation>Kein gesprochenes Wort steht darin, und nicht dein Name.</translation>
    </message>
    <message>
        <source>The last minute</source>
        <translation>Die letzte Minute</translation>
    </message>
    <message>
        <source>Saves the sound and the decisions of the last 60 seconds into a folder. Your voice is in it: listen to it before you give it to anybody.</source>
        <translation>Sichert Ton und Entscheidungen der letzten 60 Sekunden in einen Ordner. Deine Stimme ist darin: Höre es an, bevor du es jemandem gibst.</translation>
    </message>
    <message>
        <source>Save the last minute</source>
        <translation>Die letzte Minute sichern</translation>
    </message>
    <message>
        <source>Into a folder of its own</source>
        <translation>In einen eigenen Ordner</translation>
    </message>
    <message>
        <source>Looking at this machine...</source>
        <translation>Dieser Rechner wird untersucht ...</translation>
    </message>
    <message>
        <source>Copied.</source>
        <translation>Kopiert.</translation>
    </message>
    <message>
        <source>There is nothing to copy yet.</source>
        <translation>Es gibt noch nichts zu kopieren.</translation>
    </message>
    <message>
        <source>Saving...</source>
        <translation>Wird gesichert ...</translation>
    </message>
</context>
<context>
    <name>DownloadBar</name>
    <message>
        <source>Download</source>
        <translation>Herunterladen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>What has come is kept; the next time it goes on from there</source>
        <translation>Was da ist, bleibt; das nächste Mal geht es dort weiter</translation>
    </message>
    <message>
        <source>{share:.0f} per cent</source>
        <translation>{share:.0f} Prozent</translation>
    </message>
    <message>
        <source>Downloading</source>
        <translation>Lädt herunter:</translation>
    </message>
    <message>
        <source>Checking</source>
        <translation>Prüft</translation>
    </message>
    <message>
        <source>Converting</source>
        <translation>Wandelt um</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>Startet</translation>
    </message>
    <message>
        <source>{doing} {name}: {done} of {total}</source>
        <translation>{doing} {name}: {done} von {total}</translation>
    </message>
    <message>
        <source>{doing} {name}</source>
        <translation>{doing} {name}</translation>
    </message>
    <message>
        <source>Stopped. What has come is kept; the next time it goes on from there.</source>
        <translation>Abgebrochen. Was da ist, bleibt; das nächste Mal geht es dort weiter.</translation>
    </message>
    <message>
        <source>Not downloaded: {why}</source>
        <translation>Nicht heruntergeladen: {why}</translation>
    </message>
</context>
<context>
    <name>Echo</name>
    <message>
        <source>Good: you can interrupt Parley while it speaks.</source>
        <translation>Gut: Du kannst Parley unterbrechen, während es spricht.</translation>
    </message>
    <message>
        <source>It works, but not well.</source>
        <translation>Es geht, aber nicht gut.</translation>
    </message>
    <message>
        <source>Parley hears itself too well here: it may interrupt itself, or not hear you over its own voice.</source>
        <translation>Parley hört sich hier selbst zu gut: Es kann sich selbst unterbrechen, oder dich neben der eigenen Stimme nicht hören.</translation>
    </message>
    <message>
        <source>No echo: you use headphones, or the loudspeaker is silent. Did you hear the phrase?</source>
        <translation>Kein Echo: Du benutzt Kopfhörer, oder der Lautsprecher ist stumm. Hast du den Satz gehört?</translation>
    </message>
    <message>
        <source>The microphone delivers nothing but zeros.</source>
        <translation>Vom Mikrofon kommen nur Nullen.</translation>
    </message>
    <message>
        <source>Switch the microphone on, or allow Parley to use it in the system&apos;s privacy settings.</source>
        <translation>Schalte das Mikrofon ein, oder erlaube es Parley in den Datenschutz-Einstellungen des Systems.</translation>
    </message>
    <message>
        <source>Choose another microphone and loudspeaker, best both of one device.</source>
        <translation>Wähle ein anderes Mikrofon und einen anderen Lautsprecher, am besten beide von einem Gerät.</translation>
    </message>
    <message>
        <source>The microphone is overdriven: turn the loudspeaker down, or the microphone&apos;s level.</source>
        <translation>Das Mikrofon ist übersteuert: Stelle den Lautsprecher leiser, oder den Pegel des Mikrofons niedriger.</translation>
    </message>
    <message>
        <source>Turn the loudspeaker down, or move the microphone away from it.</source>
        <translation>Stelle den Lautsprecher leiser, oder das Mikrofon weiter weg von ihm.</translation>
    </message>
    <message>
        <source>The sound comes late, as with Bluetooth: a wired loudspeaker is better.</source>
        <translation>Der Ton kommt spät, wie bei Bluetooth: Ein Lautsprecher mit Kabel ist besser.</translation>
    </message>
    <message>
        <source>Use headphones.</source>
        <translation>Benutze Kopfhörer.</translation>
    </message>
    <message>
        <source>Echo removal is off: switch it on, or use headphones.</source>
        <translation>Die Echounterdrückung ist aus: Schalte sie ein, oder benutze Kopfhörer.</translation>
    </message>
    <message>
        <source>With headphones you may switch the echo removal off; it costs nothing to leave it on.</source>
        <translation>Mit Kopfhörern kannst du die Echounterdrückung ausschalten; eingeschaltet kostet sie nichts.</translation>
    </message>
</context>
<context>
    <name>EchoPanel</name>
    <message>
        <source>Test my speakers and echo</source>
        <translation>Lautsprecher und Echo prüfen</translation>
    </message>
    <message>
        <source>Plays a phrase and listens to it; ten seconds</source>
        <translation>Spielt einen Satz und hört ihn an; zehn Sekunden</translation>
    </message>
    <message>
        <source>Test of loudspeakers and echo</source>
        <translation>Prüfung von Lautsprecher und Echo</translation>
    </message>
    <message>
        <source>Stop the test</source>
        <translation>Die Prüfung abbrechen</translation>
    </message>
    <message>
        <source>The conversation pauses. Please be quiet for a moment.</source>
        <translation>Das Gespräch pausiert. Sei bitte einen Augenblick still.</translation>
    </message>
    <message>
        <source>Test again</source>
        <translation>Noch einmal prüfen</translation>
    </message>
    <message>
        <source>The test did not work: {why}</source>
        <translation>Die Prüfung ging nicht: {why}</translation>
    </message>
    <message>
        <source>Echo removed: {db:.0f} dB</source>
        <translation>Echo entfernt: {db:.0f} dB</translation>
    </message>
    <message>
        <source>Delay: {ms:.0f} ms</source>
        <translation>Verzögerung: {ms:.0f} ms</translation>
    </message>
    <message>
        <source>Echo at the microphone: {db:+.0f} dB</source>
        <translation>Echo am Mikrofon: {db:+.0f} dB</translation>
    </message>
    <message>
        <source>Microphone&apos;s noise: {db:.0f} dB</source>
        <translation>Rauschen des Mikrofons: {db:.0f} dB</translation>
    </message>
</context>
<context>
    <name>FarKey</name>
    <message>
        <source>Held anywhere: {keys} talks (in push-to-talk mode).</source>
        <translation>Überall gehalten: {keys} spricht (im Modus „Sprechtaste“).</translation>
    </message>
    <message>
        <source>No key for talking from other programs is chosen (window.hotkey).</source>
        <translation>Es ist keine Taste gewählt, um aus anderen Programmen zu sprechen (window.hotkey).</translation>
    </message>
    <message>
        <source>{keys} belongs to another program; choose another key in the settings.</source>
        <translation>{keys} gehört einem anderen Programm; wähle in den Einstellungen eine andere Taste.</translation>
    </message>
    <message>
        <source>{keys} cannot be a key for everywhere; use a letter, a digit, F1 to F24, Space or Pause.</source>
        <translation>{keys} kann keine Taste für überall sein; nimm einen Buchstaben, eine Ziffer, F1 bis F24, die Leertaste oder Pause.</translation>
    </message>
    <message>
        <source>A Mac has no key {keys}; choose another one in the settings.</source>
        <translation>Ein Mac hat keine Taste {keys}; wähle in den Einstellungen eine andere.</translation>
    </message>
    <message>
        <source>macOS gives no key: {error}.</source>
        <translation>macOS gibt keine Taste: {error}.</translation>
    </message>
    <message>
        <source>Hold to talk to Parley</source>
        <translation>Halten, um mit Parley zu sprechen</translation>
    </message>
    <message>
        <source>In push-to-talk mode your desktop is asked for {keys} as the key to hold anywhere.</source>
        <translation>Im Modus „Sprechtaste“ wird deine Arbeitsumgebung um {keys} als Taste für überall gebeten.</translation>
    </message>
    <message>
        <source>Your desktop has been asked for {keys} as the key to hold anywhere; it has not answered yet.</source>
        <translation>Deine Arbeitsumgebung ist um {keys} als Taste für überall gebeten worden; sie hat noch nicht geantwortet.</translation>
    </message>
    <message>
        <source>Your desktop knows “Hold to talk to Parley” but has no key for it; give it one in the desktop&apos;s settings for shortcuts.</source>
        <translation>Deine Arbeitsumgebung kennt „Halten, um mit Parley zu sprechen“, hat aber keine Taste dafür; gib in ihren Einstellungen für Tastenkürzel eine an.</translation>
    </message>
    <message>
        <source>This desktop offers programs no key for everywhere (portal GlobalShortcuts); use the space bar in the window.</source>
        <translation>Diese Arbeitsumgebung bietet Programmen keine Taste für überall an (Portal GlobalShortcuts); nimm die Leertaste im Fenster.</translation>
    </message>
    <message>
        <source>The desktop&apos;s portal for shortcuts has ended; the key is back when it is.</source>
        <translation>Das Portal der Arbeitsumgebung für Tastenkürzel hat geendet; ist es wieder da, ist es auch die Taste.</translation>
    </message>
    <message>
        <source>The desktop gives no key for everywhere: {error}. `parley desktop-file install` may help; then choose push to talk again.</source>
        <translation>Die Arbeitsumgebung gibt keine Taste für überall: {error}. `parley desktop-file install` kann helfen; wähle danach noch einmal „Sprechtaste“.</translation>
    </message>
    <message>
        <source>You or your desktop refused a key for everywhere; choose push to talk again to be asked again.</source>
        <translation>Du oder deine Arbeitsumgebung haben eine Taste für überall abgelehnt; wähle noch einmal „Sprechtaste“, um wieder gefragt zu werden.</translation>
    </message>
    <message>
        <source>There is no desktop that could give a key to a program in the background.</source>
        <translation>Es gibt keine Arbeitsumgebung, die einem Programm im Hintergrund eine Taste geben könnte.</translation>
    </message>
    <message>
        <source>The X server gives no key: {error}.</source>
        <translation>Der X-Server gibt keine Taste: {error}.</translation>
    </message>
</context>
<context>
    <name>FirstRun</name>
    <message>
        <source>Welcome to Parley</source>
        <translation>Willkommen bei Parley</translation>
    </message>
    <message>
        <source>Hello.</source>
        <translation>Hallo.</translation>
    </message>
    <message>
        <source>Welcome</source>
        <translation>Willkommen</translation>
    </message>
    <message>
        <source>You</source>
        <translation>Du</translation>
    </message>
    <message>
        <source>Choose another microphone</source>
        <translation>Ein anderes Mikrofon wählen</translation>
    </message>
    <message>
        <source>Opens the settings of the devices</source>
        <translation>Öffnet die Einstellungen der Geräte</translation>
    </message>
    <message>
        <source>Your microphone</source>
        <translation>Dein Mikrofon</translation>
    </message>
    <message>
        <source>Say something, anything. The bar moves when Parley hears you. It does not answer yet.</source>
        <translation>Sag irgendetwas. Der Balken bewegt sich, wenn Parley dich hört. Es antwortet noch nicht.</translation>
    </message>
    <message>
        <source>Your loudspeaker</source>
        <translation>Dein Lautsprecher</translation>
    </message>
    <message>
        <source>Parley plays a phrase and measures how much of it comes back into the microphone. So it knows whether you can interrupt it, and you know whether it can be heard.</source>
        <translation>Parley spielt einen Satz und misst, wie viel davon ins Mikrofon zurückkommt. So weiß es, ob du es unterbrechen kannst, und du weißt, ob man es hört.</translation>
    </message>
    <message>
        <source>Parley is a voice assistant that runs on your own computer. You can interrupt it, it goes on after a cough, and nothing that you say is kept, or leaves this machine unless you choose a server.

Four short steps: microphone, loudspeaker, a chat model if you like, and your first question.</source>
        <translation>Parley ist ein Sprachassistent, der auf deinem eigenen Rechner läuft. Du kannst es unterbrechen, nach einem Husten spricht es weiter, und nichts, was du sagst, wird aufbewahrt oder verlässt diesen Rechner, außer du wählst einen Server.

Vier kurze Schritte: Mikrofon, Lautsprecher, auf Wunsch ein Chatmodell, und deine erste Frage.</translation>
    </message>
    <message>
        <source>A chat model</source>
        <translation>Ein Chatmodell</translation>
    </message>
    <message>
        <source>You can talk at once: Parley tells the time, keeps timers and notes, and does sums. For anything else it needs a chat model, now or later (Settings, Profile and models).</source>
        <translation>Du kannst gleich sprechen: Parley sagt die Uhrzeit, führt Timer und Notizen und rechnet. Für alles andere braucht es ein Chatmodell, jetzt oder später (Einstellungen, Profil und Modelle).</translation>
    </message>
    <message>
        <source>Talk</source>
        <translation>Sprechen</translation>
    </message>
    <message>
        <source>Ask: “What time is it in Tokyo?” Or: “Tell me what you can do.”</source>
        <translation>Frage: “What time is it in Tokyo?” Oder: “Tell me what you can do.” (Parley versteht in diesem Profil Englisch.)</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Zurück</translation>
    </message>
    <message>
        <source>To the step before</source>
        <translation>Zum vorigen Schritt</translation>
    </message>
    <message>
        <source>Skip all</source>
        <translation>Alles überspringen</translation>
    </message>
    <message>
        <source>You find it again in Settings, Devices</source>
        <translation>Du findest es wieder unter Einstellungen, Geräte</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>Weiter</translation>
    </message>
    <message>
        <source>To the next step</source>
        <translation>Zum nächsten Schritt</translation>
    </message>
    <message>
        <source>No samples arrive from the microphone.</source>
        <translation>Vom Mikrofon kommt nichts an.</translation>
    </message>
    <message>
        <source>Only zeros arrive: the microphone is switched off, or Parley may not use it.</source>
        <translation>Es kommen nur Nullen: Das Mikrofon ist ausgeschaltet, oder Parley darf es nicht benutzen.</translation>
    </message>
    <message>
        <source>Parley hears you. ✓</source>
        <translation>Parley hört dich. ✓</translation>
    </message>
    <message>
        <source>Nobody speaks yet.</source>
        <translation>Noch spricht niemand.</translation>
    </message>
    <message>
        <source>System Settings, Privacy &amp; Security, Microphone: allow Parley.</source>
        <translation>Systemeinstellungen, Datenschutz &amp; Sicherheit, Mikrofon: Parley erlauben.</translation>
    </message>
    <message>
        <source>Settings, Privacy &amp; security, Microphone: let desktop apps access your microphone.</source>
        <translation>Einstellungen, Datenschutz und Sicherheit, Mikrofon: Desktop-Apps den Zugriff auf das Mikrofon erlauben.</translation>
    </message>
    <message>
        <source>Look into the sound settings of your desktop, or for a switch at the microphone itself.</source>
        <translation>Sieh in den Klangeinstellungen nach, oder nach einem Schalter am Mikrofon selbst.</translation>
    </message>
    <message>
        <source>You: {text}</source>
        <translation>Du: {text}</translation>
    </message>
    <message>
        <source>Begin</source>
        <translation>Beginnen</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Fertig</translation>
    </message>
    <message>
        <source>{n} of {all}</source>
        <translation>{n} von {all}</translation>
    </message>
</context>
<context>
    <name>Help</name>
    <message>
        <source>Stop talking at once</source>
        <translation>Sofort aufhören zu sprechen</translation>
    </message>
    <message>
        <source>Held: talk (push to talk; not while you type)</source>
        <translation>Gehalten: sprechen (im Modus „Sprechtaste“; nicht beim Tippen)</translation>
    </message>
    <message>
        <source>Mute, or hear again</source>
        <translation>Stumm, oder wieder hören</translation>
    </message>
    <message>
        <source>Open microphone, or push to talk</source>
        <translation>Offenes Mikrofon, oder Sprechtaste</translation>
    </message>
    <message>
        <source>Type instead of speaking</source>
        <translation>Tippen statt sprechen</translation>
    </message>
    <message>
        <source>Search the conversation</source>
        <translation>Im Gespräch suchen</translation>
    </message>
    <message>
        <source>Copy the conversation</source>
        <translation>Das Gespräch kopieren</translation>
    </message>
    <message>
        <source>Save the conversation as a file</source>
        <translation>Das Gespräch als Datei sichern</translation>
    </message>
    <message>
        <source>Delete the conversation, also from Parley&apos;s memory</source>
        <translation>Das Gespräch löschen, auch aus Parleys Gedächtnis</translation>
    </message>
    <message>
        <source>Latency of the last turn, by stage</source>
        <translation>Wartezeit der letzten Antwort, nach Stufen</translation>
    </message>
    <message>
        <source>Small window, always on top</source>
        <translation>Kleines Fenster, immer im Vordergrund</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>This sheet</source>
        <translation>Diese Übersicht</translation>
    </message>
    <message>
        <source>Hide the window (the tray&apos;s icon stays)</source>
        <translation>Das Fenster verbergen (das Symbol in der Leiste bleibt)</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Beenden</translation>
    </message>
    <message>
        <source>Parley: keys and signs</source>
        <translation>Parley: Tasten und Zeichen</translation>
    </message>
    <message>
        <source>In the picture of the last 30 seconds, a triangle to the right is Parley taking the floor or going on, one pointing down its voice lowered, one pointing up its full voice again, a square its falling silent, a diamond a sign of listening or a sound without words. Point at a sign, or go to it with Left and Right, for its reason.</source>
        <translation>Im Bild der letzten 30 Sekunden ist ein Dreieck nach rechts: Parley nimmt das Wort oder spricht weiter; eines nach unten: die Stimme wird leiser; eines nach oben: wieder volle Stimme; ein Quadrat: Parley verstummt; eine Raute: ein Zeichen des Zuhörens oder ein Laut ohne Wörter. Zeige auf ein Zeichen, oder gehe mit Links und Rechts hin, um den Grund zu sehen.</translation>
    </message>
    <message>
        <source>Just speak to interrupt. “Stop” and “quiet” always end the answer.</source>
        <translation>Zum Unterbrechen einfach sprechen. „Stop“ und „quiet“ beenden die Antwort immer.</translation>
    </message>
    <message>
        <source>Keys and signs</source>
        <translation>Tasten und Zeichen</translation>
    </message>
</context>
<context>
    <name>Lanes</name>
    <message>
        <source>Parley takes the floor</source>
        <translation>Parley nimmt das Wort</translation>
    </message>
    <message>
        <source>Parley lowers its voice</source>
        <translation>Parley wird leiser</translation>
    </message>
    <message>
        <source>Parley is at full voice again</source>
        <translation>Parley spricht wieder mit voller Stimme</translation>
    </message>
    <message>
        <source>Parley yields</source>
        <translation>Parley gibt das Wort ab</translation>
    </message>
    <message>
        <source>Parley goes on</source>
        <translation>Parley spricht weiter</translation>
    </message>
    <message>
        <source>Parley shows that it listens</source>
        <translation>Parley zeigt, dass es zuhört</translation>
    </message>
    <message>
        <source>A sound, but no words</source>
        <translation>Ein Laut, aber keine Wörter</translation>
    </message>
    <message>
        <source>You pressed Stop</source>
        <translation>Du hast Halt gedrückt</translation>
    </message>
    <message>
        <source>The last 30 seconds</source>
        <translation>Die letzten 30 Sekunden</translation>
    </message>
    <message>
        <source>Left and Right go through the marks.</source>
        <translation>Links und Rechts gehen durch die Zeichen.</translation>
    </message>
    <message>
        <source>{s:.0f} s ago</source>
        <translation>vor {s:.0f} s</translation>
    </message>
    <message>
        <source>30 s ago</source>
        <translation>vor 30 s</translation>
    </message>
    <message>
        <source>15 s</source>
        <translation>15 s</translation>
    </message>
    <message>
        <source>now</source>
        <translation>jetzt</translation>
    </message>
</context>
<context>
    <name>LevelMeter</name>
    <message>
        <source>Level: {name}</source>
        <translation>Pegel: {name}</translation>
    </message>
    <message>
        <source>no signal</source>
        <translation>kein Signal</translation>
    </message>
</context>
<context>
    <name>Licences</name>
    <message>
        <source>free to use, change and share; keep the notices; no warranty</source>
        <translation>frei zu nutzen, zu ändern und weiterzugeben; die Hinweise bleiben erhalten; ohne Gewähr</translation>
    </message>
    <message>
        <source>free to use, change and share; keep the notice; no warranty</source>
        <translation>frei zu nutzen, zu ändern und weiterzugeben; der Hinweis bleibt erhalten; ohne Gewähr</translation>
    </message>
</context>
<context>
    <name>Marks</name>
    <message>
        <source>nothing to answer, so it is not.</source>
        <translation>nichts zu beantworten, also bleibt es dabei.</translation>
    </message>
    <message>
        <source>you had finished (answer {n}).</source>
        <translation>du warst fertig (Antwort {n}).</translation>
    </message>
    <message>
        <source>you had finished; answer {n} came {ms:.0f} ms after your last word.</source>
        <translation>du warst fertig; Antwort {n} kam {ms:.0f} ms nach deinem letzten Wort.</translation>
    </message>
    <message>
        <source>there is a voice or a sound over the answer.</source>
        <translation>über der Antwort ist eine Stimme oder ein Geräusch.</translation>
    </message>
    <message>
        <source>that was not meant to take the floor.</source>
        <translation>das sollte das Wort nicht nehmen.</translation>
    </message>
    <message>
        <source>you pressed Stop.</source>
        <translation>du hast Halt gedrückt.</translation>
    </message>
    <message>
        <source>you took the floor.</source>
        <translation>du hast das Wort genommen.</translation>
    </message>
    <message>
        <source>no words followed for {s} s, it was no interruption.</source>
        <translation>{s} s lang folgten keine Wörter, es war keine Unterbrechung.</translation>
    </message>
    <message>
        <source>it was no interruption.</source>
        <translation>es war keine Unterbrechung.</translation>
    </message>
    <message>
        <source>you took the floor with “{words}”.</source>
        <translation>du hast das Wort genommen mit „{words}“.</translation>
    </message>
</context>
<context>
    <name>ModelsPage</name>
    <message>
        <source>Chat model</source>
        <translation>Chatmodell</translation>
    </message>
    <message>
        <source>Larger profiles</source>
        <translation>Größere Profile</translation>
    </message>
</context>
<context>
    <name>ModelsView</name>
    <message>
        <source>Looking at what would run here...</source>
        <translation>Es wird nachgesehen, was hier laufen würde ...</translation>
    </message>
    <message>
        <source>Models are in {folder}</source>
        <translation>Modelle sind in {folder}</translation>
    </message>
</context>
<context>
    <name>Notice</name>
    <message>
        <source>Dismiss the problem</source>
        <translation>Die Meldung schließen</translation>
    </message>
    <message>
        <source>Problem: {text}</source>
        <translation>Problem: {text}</translation>
    </message>
</context>
<context>
    <name>Notices</name>
    <message>
        <source>{trouble}. Looking for a working device.</source>
        <translation>{trouble}. Es wird ein Gerät gesucht, das geht.</translation>
    </message>
    <message>
        <source>No sound device works: {trouble}. Parley goes on as soon as there is one.</source>
        <translation>Kein Tongerät geht: {trouble}. Parley macht weiter, sobald es eines gibt.</translation>
    </message>
    <message>
        <source>Sound is back, through {name}.</source>
        <translation>Der Ton ist wieder da, über {name}.</translation>
    </message>
    <message>
        <source>The system&apos;s default device has changed: sound goes through {name} now.</source>
        <translation>Das Standardgerät des Systems hat gewechselt: Der Ton geht jetzt durch {name}.</translation>
    </message>
    <message>
        <source>{trouble}. Until it is back, sound goes through {name}</source>
        <translation>{trouble}. Bis es wieder da ist, geht der Ton durch {name}</translation>
    </message>
    <message>
        <source>{name} is back; sound goes through it again.</source>
        <translation>{name} ist wieder da; der Ton geht wieder darüber.</translation>
    </message>
    <message>
        <source>{name} came back but does not run: {trouble}</source>
        <translation>{name} ist wieder da, läuft aber nicht: {trouble}</translation>
    </message>
    <message>
        <source>{name}: the microphone is heard again.</source>
        <translation>{name}: das Mikrofon ist wieder zu hören.</translation>
    </message>
    <message>
        <source>{name}: {trouble}</source>
        <translation>{name}: {trouble}</translation>
    </message>
    <message>
        <source>{name} runs at {khz} kHz, telephone quality (a Bluetooth headset whose microphone is on?): choose the built-in microphone as input to hear the assistant clearly</source>
        <translation>{name} läuft mit {khz} kHz, in Telefonqualität (ein Bluetooth-Headset mit eingeschaltetem Mikrofon?): wähle das eingebaute Mikrofon als Eingang, um Parley klar zu hören</translation>
    </message>
    <message>
        <source>{name} runs at {khz} kHz instead of {good}; Parley converts</source>
        <translation>{name} läuft mit {khz} kHz statt mit {good}; Parley rechnet um</translation>
    </message>
    <message>
        <source>no sound for {s} s</source>
        <translation>seit {s} s kein Ton</translation>
    </message>
    <message>
        <source>the microphone delivers nothing but zeros: it is muted, or Parley has no permission to use it</source>
        <translation>vom Mikrofon kommen nur Nullen: Es ist stumm, oder Parley darf es nicht benutzen</translation>
    </message>
    <message>
        <source>the stream has ended</source>
        <translation>der Datenstrom hat geendet</translation>
    </message>
    <message>
        <source>the sound process is gone: {why}</source>
        <translation>der Tonprozess ist weg: {why}</translation>
    </message>
    <message>
        <source>the sound system did not answer within {s} s while opening the device: restart it (or the computer), or choose another device</source>
        <translation>das Tonsystem hat {s} s lang nicht geantwortet, als das Gerät geöffnet werden sollte: Starte es (oder den Rechner) neu, oder wähle ein anderes Gerät</translation>
    </message>
    <message>
        <source>the sound system did not answer within {s} s while listing the devices: restart it (or the computer), or choose another device</source>
        <translation>das Tonsystem hat {s} s lang nicht geantwortet, als die Geräte aufgezählt werden sollten: Starte es (oder den Rechner) neu, oder wähle ein anderes Gerät</translation>
    </message>
    <message>
        <source>the sound system did not answer within {s} s while starting the stream: restart it (or the computer), or choose another device</source>
        <translation>das Tonsystem hat {s} s lang nicht geantwortet, als der Datenstrom beginnen sollte: Starte es (oder den Rechner) neu, oder wähle ein anderes Gerät</translation>
    </message>
    <message>
        <source>the device is not started</source>
        <translation>das Gerät läuft noch nicht</translation>
    </message>
    <message>
        <source>the device is not open</source>
        <translation>das Gerät ist nicht geöffnet</translation>
    </message>
    <message>
        <source>the device is stopped</source>
        <translation>das Gerät ist angehalten</translation>
    </message>
    <message>
        <source>another device was chosen</source>
        <translation>es wurde ein anderes Gerät gewählt</translation>
    </message>
    <message>
        <source>the chosen device takes over</source>
        <translation>das gewählte Gerät übernimmt</translation>
    </message>
    <message>
        <source>the system&apos;s default device has changed</source>
        <translation>das Standardgerät des Systems hat gewechselt</translation>
    </message>
    <message>
        <source>no microphone was found on this machine: plug one in or start the sound server (`parley doctor` lists what is there; `parley converse` needs no device)</source>
        <translation>an diesem Rechner wurde kein Mikrofon gefunden: Schließe eines an, oder starte den Tonserver (`parley doctor` zählt auf, was da ist; `parley converse` braucht kein Gerät)</translation>
    </message>
    <message>
        <source>no loudspeaker was found on this machine: plug one in or start the sound server (`parley doctor` lists what is there; `parley converse` needs no device)</source>
        <translation>an diesem Rechner wurde kein Lautsprecher gefunden: Schließe einen an, oder starte den Tonserver (`parley doctor` zählt auf, was da ist; `parley converse` braucht kein Gerät)</translation>
    </message>
    <message>
        <source>{names}: in use by another program (another Parley?); close that one, or choose another device with --input and --output</source>
        <translation>{names}: wird von einem anderen Programm benutzt (noch ein Parley?); schließe es, oder wähle mit --input und --output ein anderes Gerät</translation>
    </message>
    <message>
        <source>{names}: cannot be opened ({error}); is it plugged in, and does its sound server run? `parley doctor` lists what is there</source>
        <translation>{names}: lässt sich nicht öffnen ({error}); ist es angeschlossen, und läuft sein Tonserver? `parley doctor` zählt auf, was da ist</translation>
    </message>
    <message>
        <source>No answer came in time.</source>
        <translation>Es kam rechtzeitig keine Antwort.</translation>
    </message>
    <message>
        <source>The recogniser cannot keep up, words may be missed.</source>
        <translation>Die Spracherkennung kommt nicht mit, Wörter können verloren gehen.</translation>
    </message>
    <message>
        <source>{stage}: {error}</source>
        <translation>{stage}: {error}</translation>
    </message>
    <message>
        <source>This could not be said: {text}</source>
        <translation>Das konnte nicht gesagt werden: {text}</translation>
    </message>
    <message>
        <source>it is still busy with what nobody wants any more</source>
        <translation>es arbeitet noch an dem, was niemand mehr will</translation>
    </message>
    <message>
        <source>{thread} stopped: {error}</source>
        <translation>{thread} hat aufgehört: {error}</translation>
    </message>
    <message>
        <source>{trouble}</source>
        <translation>{trouble}</translation>
    </message>
    <message>
        <source>{input} → {output}</source>
        <translation>{input} → {output}</translation>
    </message>
    <message>
        <source>microphone: {input}; loudspeaker: {output}</source>
        <translation>Mikrofon: {input}; Lautsprecher: {output}</translation>
    </message>
    <message>
        <source>push to talk: press Enter, speak, press Enter again</source>
        <translation>Sprechtaste: Drücke die Eingabetaste, sprich, und drücke sie noch einmal</translation>
    </message>
    <message>
        <source>The conversation starts again with the new settings.</source>
        <translation>Das Gespräch beginnt neu, mit den neuen Einstellungen.</translation>
    </message>
    <message>
        <source>The conversation cannot be ended ({error}). Start Parley again.</source>
        <translation>Das Gespräch lässt sich nicht beenden ({error}). Starte Parley neu.</translation>
    </message>
    <message>
        <source>The conversation stands still; it is started again.</source>
        <translation>Das Gespräch steht still; es wird neu begonnen.</translation>
    </message>
    <message>
        <source>The conversation stands still again and again. Run `parley doctor`, then start Parley again.</source>
        <translation>Das Gespräch steht immer wieder still. Starte `parley doctor`, und danach Parley neu.</translation>
    </message>
    <message>
        <source>The conversation goes on.</source>
        <translation>Das Gespräch geht weiter.</translation>
    </message>
    <message>
        <source>The conversation could not be started.</source>
        <translation>Das Gespräch konnte nicht begonnen werden.</translation>
    </message>
    <message>
        <source>An error that Parley does not know: {error}</source>
        <translation>Ein Fehler, den Parley nicht kennt: {error}</translation>
    </message>
    <message>
        <source>{name}: reads what listens</source>
        <translation>{name}: liest, was zuhört</translation>
    </message>
    <message>
        <source>{name}: reads what thinks</source>
        <translation>{name}: liest, was denkt</translation>
    </message>
    <message>
        <source>{name}: reads what thinks ({precision})</source>
        <translation>{name}: liest, was denkt ({precision})</translation>
    </message>
    <message>
        <source>reads the persona</source>
        <translation>liest die Persona</translation>
    </message>
    <message>
        <source>{name}: reads the voice&apos;s language model</source>
        <translation>{name}: liest das Sprachmodell der Stimme</translation>
    </message>
    <message>
        <source>{name}: reads the flow and the vocoder</source>
        <translation>{name}: liest Flow und Vocoder</translation>
    </message>
    <message>
        <source>{name}: prepares the voice</source>
        <translation>{name}: bereitet die Stimme vor</translation>
    </message>
    <message>
        <source>asks the server at {address}</source>
        <translation>fragt den Server {address}</translation>
    </message>
    <message>
        <source>{name}: ready</source>
        <translation>{name}: bereit</translation>
    </message>
    <message>
        <source>{lack}; until then {name} listens</source>
        <translation>{lack}; bis dahin hört {name} zu</translation>
    </message>
    <message>
        <source>{lack}; until then Parley&apos;s own small recogniser listens, which understands much less</source>
        <translation>{lack}; bis dahin hört Parleys eigene kleine Spracherkennung zu, die viel weniger versteht</translation>
    </message>
    <message>
        <source>{lack}; until then {name} speaks</source>
        <translation>{lack}; bis dahin spricht {name}</translation>
    </message>
    <message>
        <source>the natural voice is missing: {lack}; until then eSpeak NG speaks</source>
        <translation>die natürliche Stimme fehlt: {lack}; bis dahin spricht eSpeak NG</translation>
    </message>
    <message>
        <source>{lack}; the next source is used</source>
        <translation>{lack}; die nächste Quelle wird benutzt</translation>
    </message>
    <message>
        <source>none of its sources could be used; what has come is kept, try again later ({why})</source>
        <translation>keine der Quellen war brauchbar; was da ist, bleibt; versuche es später wieder ({why})</translation>
    </message>
    <message>
        <source>no chat model: {trouble}</source>
        <translation>kein Chat-Modell: {trouble}</translation>
    </message>
    <message>
        <source>a chat model could answer this</source>
        <translation>ein Chatmodell könnte das beantworten</translation>
    </message>
    <message>
        <source>the chat model has joined the conversation</source>
        <translation>das Chat-Modell ist dem Gespräch beigetreten</translation>
    </message>
    <message>
        <source>{name}: {speed} words or parts of words a second is too slow to talk to; a smaller chat model answers sooner (brain.model)</source>
        <translation>{name}: {speed} Wörter oder Wortteile in der Sekunde sind für ein Gespräch zu langsam; ein kleineres Chat-Modell antwortet schneller (brain.model)</translation>
    </message>
    <message>
        <source>{name}: the server takes no tools with this model, so it can only talk; another model can set timers, too</source>
        <translation>{name}: Der Server nimmt mit diesem Modell keine Werkzeuge an, es kann also nur reden; mit einem anderen Modell gehen auch Timer</translation>
    </message>
    <message>
        <source>{address}: the server is still loading its model; it is waited for</source>
        <translation>{address}: Der Server lädt sein Modell noch; es wird auf ihn gewartet</translation>
    </message>
    <message>
        <source>{address}: no answer yet; the server may be loading its model</source>
        <translation>{address}: noch keine Antwort; vielleicht lädt der Server sein Modell</translation>
    </message>
    <message>
        <source>{name}: tokens are computed operation by operation: {why}</source>
        <translation>{name}: Token werden Schritt für Schritt gerechnet: {why}</translation>
    </message>
    <message>
        <source>{name}: the voice&apos;s language model is computed operation by operation: {why}</source>
        <translation>{name}: Das Sprachmodell der Stimme wird Schritt für Schritt gerechnet: {why}</translation>
    </message>
    <message>
        <source>{name}: the flow is computed {how}: recorded it would answer sooner, but {why}</source>
        <translation>{name}: Der Flow wird so gerechnet: {how}; aufgezeichnet wäre die Antwort schneller da, aber {why}</translation>
    </message>
    <message>
        <source>the voice: it answers later than others would: {why}</source>
        <translation>die Stimme: sie antwortet später als andere: {why}</translation>
    </message>
    <message>
        <source>the voice: no recording and no speaker is chosen, so CosyVoice speaks in its average voice; a voice file with a prompt gives it another</source>
        <translation>die Stimme: Es ist weder eine Aufnahme noch ein Sprecher gewählt, also spricht CosyVoice mit seiner Durchschnittsstimme; eine Stimmdatei mit Aufnahme gibt ihm eine andere</translation>
    </message>
    <message>
        <source>The settings hold, but were not saved: {trouble}</source>
        <translation>Die Einstellungen gelten, sind aber nicht gesichert: {trouble}</translation>
    </message>
    <message>
        <source>not saved: {trouble}</source>
        <translation>nicht gesichert: {trouble}</translation>
    </message>
    <message>
        <source>a voice of your own is left out: {trouble}</source>
        <translation>eine eigene Stimme fehlt: {trouble}</translation>
    </message>
    <message>
        <source>voices of your own are left out: {trouble}</source>
        <translation>eigene Stimmen fehlen: {trouble}</translation>
    </message>
    <message>
        <source>notes and timers are no longer kept: {error}; start Parley again</source>
        <translation>Notizen und Timer werden nicht mehr gesichert: {error}; starte Parley neu</translation>
    </message>
    <message>
        <source>{path}: is damaged; it is kept as {aside}, and {n} of its timers can be read and run on</source>
        <translation>{path}: ist beschädigt; die Datei bleibt als {aside} erhalten, und {n} ihrer Timer sind lesbar und laufen weiter</translation>
    </message>
    <message>
        <source>{path}: is damaged; it is kept as {aside}, and what timers it held is not known</source>
        <translation>{path}: ist beschädigt; die Datei bleibt als {aside} erhalten, und welche Timer darin standen, ist nicht bekannt</translation>
    </message>
    <message>
        <source>recording to {path}</source>
        <translation>Aufnahme in {path}</translation>
    </message>
    <message>
        <source>recording stopped: {error}</source>
        <translation>Die Aufnahme hat aufgehört: {error}</translation>
    </message>
    <message>
        <source>the last minute is in {folder}</source>
        <translation>Die letzte Minute ist in {folder}</translation>
    </message>
    <message>
        <source>the trace was not saved: {error}</source>
        <translation>Die letzte Minute wurde nicht gesichert: {error}</translation>
    </message>
    <message>
        <source>Saved: {path}</source>
        <translation>Gesichert: {path}</translation>
    </message>
    <message>
        <source>{path} was not saved: {error}.</source>
        <translation>{path} wurde nicht gesichert: {error}.</translation>
    </message>
    <message>
        <source>Say it again.</source>
        <translation>Sag es noch einmal.</translation>
    </message>
    <message>
        <source>Close other programs or choose a smaller profile.</source>
        <translation>Schließe andere Programme, oder wähle ein kleineres Profil.</translation>
    </message>
    <message>
        <source>It is tried again with the next sentence.</source>
        <translation>Mit dem nächsten Satz wird es wieder versucht.</translation>
    </message>
    <message>
        <source>Start Parley again.</source>
        <translation>Starte Parley neu.</translation>
    </message>
    <message>
        <source>Mend it, or choose otherwise in the settings.</source>
        <translation>Behebe das, oder wähle in den Einstellungen etwas anderes.</translation>
    </message>
    <message>
        <source>Choose otherwise in the settings, and please report this line: it is a fault in Parley.</source>
        <translation>Wähle in den Einstellungen etwas anderes, und melde bitte diese Zeile: Es ist ein Fehler in Parley.</translation>
    </message>
    <message>
        <source>Please report this line: it is a fault in Parley.</source>
        <translation>Melde bitte diese Zeile: Es ist ein Fehler in Parley.</translation>
    </message>
    <message>
        <source>It is read again at the next start.</source>
        <translation>Sie wird beim nächsten Start wieder gelesen.</translation>
    </message>
    <message>
        <source>It is told at the next start.</source>
        <translation>Es wird beim nächsten Start gesagt.</translation>
    </message>
    <message>
        <source>Choose another folder.</source>
        <translation>Wähle einen anderen Ordner.</translation>
    </message>
</context>
<context>
    <name>Orb</name>
    <message>
        <source>State: {name}. {hint}</source>
        <translation>Zustand: {name}. {hint}</translation>
    </message>
</context>
<context>
    <name>Page</name>
    <message>
        <source>You</source>
        <translation>Du</translation>
    </message>
    <message>
        <source>Search the conversation</source>
        <translation>Im Gespräch suchen</translation>
    </message>
    <message>
        <source>Copy the conversation</source>
        <translation>Das Gespräch kopieren</translation>
    </message>
    <message>
        <source>Save the conversation as a file</source>
        <translation>Das Gespräch als Datei sichern</translation>
    </message>
    <message>
        <source>Delete the conversation</source>
        <translation>Das Gespräch löschen</translation>
    </message>
    <message>
        <source>Latency of the last turn</source>
        <translation>Wartezeit der letzten Antwort</translation>
    </message>
    <message>
        <source>Small window, always on top</source>
        <translation>Kleines Fenster, immer im Vordergrund</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Menu</source>
        <translation>Menü</translation>
    </message>
    <message>
        <source>Hold to talk</source>
        <translation>Zum Sprechen halten</translation>
    </message>
    <message>
        <source>Hold this button or the space bar while you speak</source>
        <translation>Halte diesen Knopf oder die Leertaste, während du sprichst</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Halt</translation>
    </message>
    <message>
        <source>Stop talking at once</source>
        <translation>Sofort aufhören zu sprechen</translation>
    </message>
    <message>
        <source>Open microphone</source>
        <translation>Offenes Mikrofon</translation>
    </message>
    <message>
        <source>Parley listens all the time</source>
        <translation>Parley hört immer zu</translation>
    </message>
    <message>
        <source>Push to talk</source>
        <translation>Sprechtaste</translation>
    </message>
    <message>
        <source>Parley listens while you hold the button or the space bar</source>
        <translation>Parley hört zu, solange du den Knopf oder die Leertaste hältst</translation>
    </message>
    <message>
        <source>Mute</source>
        <translation>Stumm</translation>
    </message>
    <message>
        <source>Parley does not hear you</source>
        <translation>Parley hört dich nicht</translation>
    </message>
</context>
<context>
    <name>PrivacyPage</name>
    <message>
        <source>What is stored</source>
        <translation>Was gespeichert ist</translation>
    </message>
    <message>
        <source>Only on this computer; Parley sends nothing anywhere unless you choose a server or download a model.</source>
        <translation>Nur auf diesem Rechner; Parley sendet nichts, außer du wählst einen Server oder lädst ein Modell herunter.</translation>
    </message>
    <message>
        <source>This conversation (in memory alone)</source>
        <translation>Dieses Gespräch (nur im Arbeitsspeicher)</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>Notizen</translation>
    </message>
    <message>
        <source>Timers, alarms and reminders</source>
        <translation>Timer, Wecker und Erinnerungen</translation>
    </message>
    <message>
        <source>Recordings of conversations</source>
        <translation>Aufnahmen von Gesprächen</translation>
    </message>
    <message>
        <source>Saved last minutes (traces)</source>
        <translation>Gesicherte letzte Minuten</translation>
    </message>
    <message>
        <source>Downloaded models</source>
        <translation>Heruntergeladene Modelle</translation>
    </message>
    <message>
        <source>What models have prepared (cache)</source>
        <translation>Was Modelle vorbereitet haben (Cache)</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Delete what is ticked</source>
        <translation>Angekreuztes löschen</translation>
    </message>
    <message>
        <source>Asks once more before it deletes</source>
        <translation>Fragt noch einmal, bevor gelöscht wird</translation>
    </message>
    <message>
        <source>Yes, delete</source>
        <translation>Ja, löschen</translation>
    </message>
    <message>
        <source>This cannot be undone</source>
        <translation>Das lässt sich nicht rückgängig machen</translation>
    </message>
    <message>
        <source>No</source>
        <translation>Nein</translation>
    </message>
    <message>
        <source>Keep everything</source>
        <translation>Alles behalten</translation>
    </message>
    <message>
        <source>Nothing is ticked.</source>
        <translation>Nichts ist angekreuzt.</translation>
    </message>
    <message>
        <source>Really delete? {what}. This cannot be undone.</source>
        <translation>Wirklich löschen? {what}. Das lässt sich nicht rückgängig machen.</translation>
    </message>
    <message>
        <source>Deleted.</source>
        <translation>Gelöscht.</translation>
    </message>
    <message>
        <source>{folder}: files: {n}, {size}</source>
        <translation>{folder}: Dateien: {n}, {size}</translation>
    </message>
    <message>
        <source>{folder}: nothing</source>
        <translation>{folder}: nichts</translation>
    </message>
    <message>
        <source>Lines: {n}; gone when Parley is closed</source>
        <translation>Zeilen: {n}; weg, sobald Parley geschlossen wird</translation>
    </message>
</context>
<context>
    <name>SearchBar</name>
    <message>
        <source>Search the conversation</source>
        <translation>Im Gespräch suchen</translation>
    </message>
    <message>
        <source>Earlier hit</source>
        <translation>Früherer Treffer</translation>
    </message>
    <message>
        <source>Later hit</source>
        <translation>Späterer Treffer</translation>
    </message>
    <message>
        <source>Close the search</source>
        <translation>Die Suche schließen</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>{n} hits</source>
        <translation>{n} Treffer</translation>
    </message>
</context>
<context>
    <name>ServerPage</name>
    <message>
        <source>Test the server</source>
        <translation>Den Server prüfen</translation>
    </message>
    <message>
        <source>Asks for one short answer</source>
        <translation>Bittet um eine kurze Antwort</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Halt</translation>
    </message>
    <message>
        <source>Asking...</source>
        <translation>Fragt ...</translation>
    </message>
    <message>
        <source>Test again</source>
        <translation>Noch einmal prüfen</translation>
    </message>
    <message>
        <source>It works: {model} says “{said}”</source>
        <translation>Es geht: {model} sagt „{said}“</translation>
    </message>
</context>
<context>
    <name>ServersView</name>
    <message>
        <source>{name} runs on this computer ({url}), and Parley thinks with it.</source>
        <translation>{name} läuft auf diesem Computer ({url}), und Parley denkt damit.</translation>
    </message>
    <message>
        <source>{name} runs on this computer ({url}) and can think for Parley.</source>
        <translation>{name} läuft auf diesem Computer ({url}) und kann für Parley denken.</translation>
    </message>
    <message>
        <source>Model of {name}</source>
        <translation>Modell von {name}</translation>
    </message>
    <message>
        <source>Think with {name}</source>
        <translation>Mit {name} denken</translation>
    </message>
    <message>
        <source>Chooses the profile Server with this address and model</source>
        <translation>Wählt das Profil Server mit dieser Adresse und diesem Modell</translation>
    </message>
    <message>
        <source>Chosen. The conversation starts again with {model}.</source>
        <translation>Gewählt. Das Gespräch beginnt neu, mit {model}.</translation>
    </message>
</context>
<context>
    <name>Settings</name>
    <message>
        <source>In my own words</source>
        <translation>In eigenen Worten</translation>
    </message>
    <message>
        <source>Reset: {name}</source>
        <translation>Zurücksetzen: {name}</translation>
    </message>
    <message>
        <source>Microphone</source>
        <translation>Mikrofon</translation>
    </message>
    <message>
        <source>input device sound mic headset hear</source>
        <translation>Eingang Gerät Ton Mikro Headset hören</translation>
    </message>
    <message>
        <source>The system&apos;s default</source>
        <translation>Vorgabe des Systems</translation>
    </message>
    <message>
        <source>Loudspeaker</source>
        <translation>Lautsprecher</translation>
    </message>
    <message>
        <source>output device sound speaker headphones headset volume</source>
        <translation>Ausgang Gerät Ton Boxen Kopfhörer Headset Lautstärke</translation>
    </message>
    <message>
        <source>Echo removal</source>
        <translation>Echounterdrückung</translation>
    </message>
    <message>
        <source>Takes Parley&apos;s own voice out of the microphone, so that you can interrupt it.</source>
        <translation>Nimmt Parleys eigene Stimme aus dem Mikrofon, damit du es unterbrechen kannst.</translation>
    </message>
    <message>
        <source>canceller echo aec headphones feedback hears itself</source>
        <translation>Echo Unterdrückung aec Kopfhörer Rückkopplung hört sich selbst</translation>
    </message>
    <message>
        <source>Parley&apos;s own (recommended)</source>
        <translation>Parleys eigene (empfohlen)</translation>
    </message>
    <message>
        <source>WebRTC AEC3</source>
        <translation>WebRTC AEC3</translation>
    </message>
    <message>
        <source>Speex</source>
        <translation>Speex</translation>
    </message>
    <message>
        <source>Off: I use headphones</source>
        <translation>Aus: Ich benutze Kopfhörer</translation>
    </message>
    <message>
        <source>When Parley listens</source>
        <translation>Wann Parley zuhört</translation>
    </message>
    <message>
        <source>mode open microphone push to talk ptt key</source>
        <translation>Modus offenes Mikrofon Sprechtaste halten ptt</translation>
    </message>
    <message>
        <source>Always (open microphone)</source>
        <translation>Immer (offenes Mikrofon)</translation>
    </message>
    <message>
        <source>While I hold a key (push to talk)</source>
        <translation>Solange ich eine Taste halte (Sprechtaste)</translation>
    </message>
    <message>
        <source>Push-to-talk key in other programs</source>
        <translation>Sprechtaste in anderen Programmen</translation>
    </message>
    <message>
        <source>Press the keys you want. In this window, the space bar.</source>
        <translation>Drücke die gewünschten Tasten. In diesem Fenster: die Leertaste.</translation>
    </message>
    <message>
        <source>hotkey shortcut global key push to talk</source>
        <translation>Tastenkürzel hotkey global Sprechtaste halten</translation>
    </message>
    <message>
        <source>Patience</source>
        <translation>Geduld</translation>
    </message>
    <message>
        <source>How long you may pause before Parley answers.</source>
        <translation>Wie lange du innehalten darfst, bevor Parley antwortet.</translation>
    </message>
    <message>
        <source>pause wait cut off slow fast answer end of turn thinking</source>
        <translation>Pause warten abschneiden langsam schnell Antwort nachdenken</translation>
    </message>
    <message>
        <source>answers at once</source>
        <translation>antwortet sofort</translation>
    </message>
    <message>
        <source>waits long</source>
        <translation>wartet lange</translation>
    </message>
    <message>
        <source>How easily it can be interrupted</source>
        <translation>Wie leicht unterbrechbar</translation>
    </message>
    <message>
        <source>What it takes to stop Parley while it speaks.</source>
        <translation>Was nötig ist, damit Parley beim Sprechen innehält.</translation>
    </message>
    <message>
        <source>interrupt barge in stop talk over</source>
        <translation>unterbrechen dazwischenreden ins Wort fallen Halt</translation>
    </message>
    <message>
        <source>hardly ever</source>
        <translation>fast nie</translation>
    </message>
    <message>
        <source>by the first syllable</source>
        <translation>bei der ersten Silbe</translation>
    </message>
    <message>
        <source>Go on after a false interruption</source>
        <translation>Nach Fehlalarm weitersprechen</translation>
    </message>
    <message>
        <source>A cough or a door stops the answer only for a moment.</source>
        <translation>Ein Husten oder eine Tür hält die Antwort nur einen Augenblick auf.</translation>
    </message>
    <message>
        <source>resume interruption cough noise continue</source>
        <translation>fortsetzen Unterbrechung Husten Geräusch weiter</translation>
    </message>
    <message>
        <source>Signs of listening</source>
        <translation>Zeichen des Zuhörens</translation>
    </message>
    <message>
        <source>Says “mm-hm” now and then while you talk for long.</source>
        <translation>Sagt ab und zu „mm-hm“, während du länger sprichst.</translation>
    </message>
    <message>
        <source>back-channel mm-hm hum uh-huh</source>
        <translation>Rückmeldung mm-hm hm aha</translation>
    </message>
    <message>
        <source>What decides when to speak</source>
        <translation>Was entscheidet, wann es spricht</translation>
    </message>
    <message>
        <source>The trained one hears how you speak; the rules count pauses.</source>
        <translation>Das gelernte hört, wie du sprichst; die Regeln zählen Pausen.</translation>
    </message>
    <message>
        <source>predictor turn-taking model expert</source>
        <translation>Vorhersage Sprecherwechsel Modell Experte</translation>
    </message>
    <message>
        <source>The profile&apos;s own</source>
        <translation>Wie im Profil</translation>
    </message>
    <message>
        <source>Rules</source>
        <translation>Regeln</translation>
    </message>
    <message>
        <source>Trained network</source>
        <translation>Gelerntes Netz</translation>
    </message>
    <message>
        <source>What Parley does by itself (time, timers, notes, sums) is asked for in English.</source>
        <translation>Was Parley selbst kann (Uhrzeit, Timer, Notizen, Rechnen), versteht es auf Englisch.</translation>
    </message>
    <message>
        <source>speech recognition engine whisper asr expert</source>
        <translation>Spracherkennung Erkennung Technik Whisper ASR Experten</translation>
    </message>
    <message>
        <source>synthesiser engine hibari espeak cosyvoice tts expert</source>
        <translation>Synthese Engine hibari espeak cosyvoice tts Experte</translation>
    </message>
    <message>
        <source>For whatever answers beside the grammar: a chat model here, or on a server.</source>
        <translation>Für alles, was neben der Grammatik antwortet: ein Chatmodell hier oder auf einem Server.</translation>
    </message>
    <message>
        <source>Its name on the server, a GGUF file, or a chat model that Parley knows. Empty: the best that is there.</source>
        <translation>Sein Name auf dem Server, eine GGUF-Datei oder ein Chatmodell, das Parley kennt. Leer: das beste, das da ist.</translation>
    </message>
    <message>
        <source>The window opens</source>
        <translation>Das Fenster öffnet sich</translation>
    </message>
    <message>
        <source>start minimised tray compact login</source>
        <translation>Start minimiert Leiste klein Anmeldung</translation>
    </message>
    <message>
        <source>as usual</source>
        <translation>wie üblich</translation>
    </message>
    <message>
        <source>minimised, in the tray where there is one</source>
        <translation>minimiert, in der Leiste, wo es eine gibt</translation>
    </message>
    <message>
        <source>as a small strip, always on top</source>
        <translation>als schmaler Streifen, immer im Vordergrund</translation>
    </message>
    <message>
        <source>Voice</source>
        <translation>Stimme</translation>
    </message>
    <message>
        <source>speaker accent man woman british language sound</source>
        <translation>Sprecher Akzent Mann Frau britisch Sprache Klang</translation>
    </message>
    <message>
        <source>What speaks</source>
        <translation>Was spricht</translation>
    </message>
    <message>
        <source>CosyVoice needs a profile with large models.</source>
        <translation>CosyVoice braucht ein Profil mit großen Modellen.</translation>
    </message>
    <message>
        <source>Emotion</source>
        <translation>Gefühl</translation>
    </message>
    <message>
        <source>feeling mood tone happy sad</source>
        <translation>Stimmung Laune Ton fröhlich traurig Emotion</translation>
    </message>
    <message>
        <source>neutral</source>
        <translation>neutral</translation>
    </message>
    <message>
        <source>happy</source>
        <translation>fröhlich</translation>
    </message>
    <message>
        <source>sad</source>
        <translation>traurig</translation>
    </message>
    <message>
        <source>angry</source>
        <translation>wütend</translation>
    </message>
    <message>
        <source>fearful</source>
        <translation>ängstlich</translation>
    </message>
    <message>
        <source>surprised</source>
        <translation>überrascht</translation>
    </message>
    <message>
        <source>calm</source>
        <translation>ruhig</translation>
    </message>
    <message>
        <source>excited</source>
        <translation>aufgeregt</translation>
    </message>
    <message>
        <source>Manner of speaking</source>
        <translation>Sprechweise</translation>
    </message>
    <message>
        <source>style whisper robot loud soft storyteller</source>
        <translation>Stil flüstern Roboter laut leise Erzähler</translation>
    </message>
    <message>
        <source>plain</source>
        <translation>schlicht</translation>
    </message>
    <message>
        <source>soft</source>
        <translation>sanft</translation>
    </message>
    <message>
        <source>loud</source>
        <translation>laut</translation>
    </message>
    <message>
        <source>whispering</source>
        <translation>flüsternd</translation>
    </message>
    <message>
        <source>like a robot</source>
        <translation>wie ein Roboter</translation>
    </message>
    <message>
        <source>like a storyteller</source>
        <translation>wie ein Erzähler</translation>
    </message>
    <message>
        <source>slow and clear</source>
        <translation>langsam und deutlich</translation>
    </message>
    <message>
        <source>Chinese dialect</source>
        <translation>Chinesischer Dialekt</translation>
    </message>
    <message>
        <source>Only voices of the large profiles speak one.</source>
        <translation>Nur Stimmen der großen Profile sprechen einen.</translation>
    </message>
    <message>
        <source>cantonese sichuan</source>
        <translation>kantonesisch sichuan</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keiner</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>Tempo</translation>
    </message>
    <message>
        <source>rate fast slow tempo</source>
        <translation>Geschwindigkeit schnell langsam</translation>
    </message>
    <message>
        <source>slower</source>
        <translation>langsamer</translation>
    </message>
    <message>
        <source>faster</source>
        <translation>schneller</translation>
    </message>
    <message>
        <source>Pitch</source>
        <translation>Tonhöhe</translation>
    </message>
    <message>
        <source>high low deep tone</source>
        <translation>hoch niedrig tief Ton</translation>
    </message>
    <message>
        <source>deeper</source>
        <translation>tiefer</translation>
    </message>
    <message>
        <source>higher</source>
        <translation>höher</translation>
    </message>
    <message>
        <source>Volume</source>
        <translation>Lautstärke</translation>
    </message>
    <message>
        <source>loud quiet gain</source>
        <translation>laut leise Pegel</translation>
    </message>
    <message>
        <source>quieter</source>
        <translation>leiser</translation>
    </message>
    <message>
        <source>louder</source>
        <translation>lauter</translation>
    </message>
    <message>
        <source>Language you speak</source>
        <translation>Sprache, die du sprichst</translation>
    </message>
    <message>
        <source>language english chinese cantonese japanese korean</source>
        <translation>Sprache Englisch Chinesisch Kantonesisch Japanisch Koreanisch</translation>
    </message>
    <message>
        <source>found out by itself</source>
        <translation>wird selbst erkannt</translation>
    </message>
    <message>
        <source>Words of your own</source>
        <translation>Eigene Wörter</translation>
    </message>
    <message>
        <source>Names and places that Parley should recognise, one on each line.</source>
        <translation>Namen und Orte, die Parley erkennen soll, je einer in einer Zeile.</translation>
    </message>
    <message>
        <source>vocabulary names dictionary recognise</source>
        <translation>Wortschatz Namen Wörterbuch erkennen</translation>
    </message>
    <message>
        <source>Recogniser</source>
        <translation>Spracherkennung</translation>
    </message>
    <message>
        <source>Who Parley is</source>
        <translation>Wer Parley ist</translation>
    </message>
    <message>
        <source>persona character personality role prompt friendly tutor</source>
        <translation>Persona Charakter Persönlichkeit Rolle Prompt freundlich Lehrer</translation>
    </message>
    <message>
        <source>Friendly</source>
        <translation>Freundlich</translation>
    </message>
    <message>
        <source>Concise</source>
        <translation>Knapp</translation>
    </message>
    <message>
        <source>Tutor</source>
        <translation>Lehrer</translation>
    </message>
    <message>
        <source>Storyteller</source>
        <translation>Erzähler</translation>
    </message>
    <message>
        <source>How freely it words its answers</source>
        <translation>Wie frei es antwortet</translation>
    </message>
    <message>
        <source>temperature creative random</source>
        <translation>Temperatur kreativ Zufall</translation>
    </message>
    <message>
        <source>to the point</source>
        <translation>streng</translation>
    </message>
    <message>
        <source>freely</source>
        <translation>frei</translation>
    </message>
    <message>
        <source>Profile</source>
        <translation>Profil</translation>
    </message>
    <message>
        <source>Which parts listen, think and speak. A change starts the conversation again.</source>
        <translation>Welche Teile hören, denken und sprechen. Eine Änderung beginnt das Gespräch neu.</translation>
    </message>
    <message>
        <source>profile embedded workstation server aligned gpu</source>
        <translation>Profil embedded workstation server aligned gpu Grafikkarte</translation>
    </message>
    <message>
        <source>Embedded: runs everywhere</source>
        <translation>Embedded: läuft überall</translation>
    </message>
    <message>
        <source>Workstation</source>
        <translation>Workstation</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>Server</translation>
    </message>
    <message>
        <source>Aligned</source>
        <translation>Aligned</translation>
    </message>
    <message>
        <source>Folder of the models</source>
        <translation>Ordner der Modelle</translation>
    </message>
    <message>
        <source>Empty: in Parley&apos;s own folder.</source>
        <translation>Leer: in Parleys eigenem Ordner.</translation>
    </message>
    <message>
        <source>disk path models download</source>
        <translation>Festplatte Pfad Modelle herunterladen</translation>
    </message>
    <message>
        <source>Address of the server</source>
        <translation>Adresse des Servers</translation>
    </message>
    <message>
        <source>Any OpenAI-compatible server, such as http://localhost:8000/v1. The profile “server” thinks with it.</source>
        <translation>Jeder OpenAI-kompatible Server, wie http://localhost:8000/v1. Das Profil „server“ denkt mit ihm.</translation>
    </message>
    <message>
        <source>url openai vllm ollama llama api endpoint</source>
        <translation>url Adresse openai vllm ollama llama api</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>llm model name</source>
        <translation>llm Sprachmodell Name</translation>
    </message>
    <message>
        <source>File with the key</source>
        <translation>Datei mit dem Schlüssel</translation>
    </message>
    <message>
        <source>Its first line is the server&apos;s key. Empty: no key, or PARLEY_SERVER_KEY.</source>
        <translation>Ihre erste Zeile ist der Schlüssel des Servers. Leer: kein Schlüssel, oder PARLEY_SERVER_KEY.</translation>
    </message>
    <message>
        <source>api key token password secret</source>
        <translation>api Schlüssel Token Passwort geheim</translation>
    </message>
    <message>
        <source>Keep conversations as sound</source>
        <translation>Gespräche als Ton aufbewahren</translation>
    </message>
    <message>
        <source>Off, nothing that is said is written to the disk.</source>
        <translation>Aus: Nichts, was gesagt wird, kommt auf die Festplatte.</translation>
    </message>
    <message>
        <source>record recording audio save privacy</source>
        <translation>Aufnahme aufzeichnen Ton speichern Datenschutz</translation>
    </message>
    <message>
        <source>Offline</source>
        <translation>Ohne Netz</translation>
    </message>
    <message>
        <source>Refuses downloads too, the only thing that asks the network for anything.</source>
        <translation>Verbietet auch das Herunterladen, das Einzige, was das Netz nach etwas fragt.</translation>
    </message>
    <message>
        <source>network internet download privacy</source>
        <translation>Netzwerk Internet offline herunterladen Datenschutz</translation>
    </message>
    <message>
        <source>Folder of the notes</source>
        <translation>Ordner der Notizen</translation>
    </message>
    <message>
        <source>notes path disk folder</source>
        <translation>Notizen Pfad Festplatte Ordner</translation>
    </message>
    <message>
        <source>Devices</source>
        <translation>Geräte</translation>
    </message>
    <message>
        <source>Conversation</source>
        <translation>Gespräch</translation>
    </message>
    <message>
        <source>Languages</source>
        <translation>Sprachen</translation>
    </message>
    <message>
        <source>Persona</source>
        <translation>Persona</translation>
    </message>
    <message>
        <source>Profile and models</source>
        <translation>Profil und Modelle</translation>
    </message>
    <message>
        <source>Privacy</source>
        <translation>Privates</translation>
    </message>
    <message>
        <source>Diagnostics</source>
        <translation>Diagnose</translation>
    </message>
    <message>
        <source>Test my speakers and echo</source>
        <translation>Lautsprecher und Echo prüfen</translation>
    </message>
    <message>
        <source>echo test wizard delay headphones</source>
        <translation>Echo Prüfung Test Verzögerung Kopfhörer</translation>
    </message>
    <message>
        <source>Show the first run again</source>
        <translation>Den ersten Start noch einmal zeigen</translation>
    </message>
    <message>
        <source>welcome introduction tutorial</source>
        <translation>Willkommen Einführung Anleitung</translation>
    </message>
    <message>
        <source>Listen to the voice</source>
        <translation>Die Stimme anhören</translation>
    </message>
    <message>
        <source>preview try hear example</source>
        <translation>Vorschau probieren hören Beispiel</translation>
    </message>
    <message>
        <source>Download models</source>
        <translation>Modelle herunterladen</translation>
    </message>
    <message>
        <source>pull licence disk gigabytes</source>
        <translation>laden Lizenz Festplatte Gigabyte</translation>
    </message>
    <message>
        <source>Test the server</source>
        <translation>Den Server prüfen</translation>
    </message>
    <message>
        <source>connection answer</source>
        <translation>Verbindung Antwort</translation>
    </message>
    <message>
        <source>What is stored, and delete all</source>
        <translation>Was gespeichert ist, und alles löschen</translation>
    </message>
    <message>
        <source>delete erase forget data files recordings</source>
        <translation>löschen entfernen vergessen Daten Dateien Aufnahmen</translation>
    </message>
    <message>
        <source>Copy what a bug report needs</source>
        <translation>Kopieren, was ein Fehlerbericht braucht</translation>
    </message>
    <message>
        <source>bug report doctor log problem help</source>
        <translation>Fehlerbericht doctor Protokoll Problem Hilfe</translation>
    </message>
    <message>
        <source>Save the last minute</source>
        <translation>Die letzte Minute sichern</translation>
    </message>
    <message>
        <source>trace bug report record 60 seconds</source>
        <translation>Aufzeichnung Fehlerbericht 60 Sekunden</translation>
    </message>
    <message>
        <source>Get a chat model</source>
        <translation>Ein Chatmodell holen</translation>
    </message>
    <message>
        <source>language model llm talk think brain persona download ollama llama.cpp lm studio</source>
        <translation>Sprachmodell llm sprechen denken Persona herunterladen ollama llama.cpp lm studio Chat</translation>
    </message>
</context>
<context>
    <name>SettingsPanel</name>
    <message>
        <source>Parley: settings</source>
        <translation>Parley: Einstellungen</translation>
    </message>
    <message>
        <source>Search the settings</source>
        <translation>In den Einstellungen suchen</translation>
    </message>
    <message>
        <source>Settings found</source>
        <translation>Gefundene Einstellungen</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>Seiten</translation>
    </message>
    <message>
        <source>Page</source>
        <translation>Seite</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Close the settings</source>
        <translation>Die Einstellungen schließen</translation>
    </message>
    <message>
        <source>Nothing is called like that.</source>
        <translation>Nichts heißt so.</translation>
    </message>
</context>
<context>
    <name>StageBar</name>
    <message>
        <source>wait</source>
        <translation>warten</translation>
    </message>
    <message>
        <source>listen</source>
        <translation>hören</translation>
    </message>
    <message>
        <source>think</source>
        <translation>denken</translation>
    </message>
    <message>
        <source>speak</source>
        <translation>sprechen</translation>
    </message>
    <message>
        <source>{ms:.0f} ms</source>
        <translation>{ms:.0f} ms</translation>
    </message>
    <message>
        <source>Answered in {stages}</source>
        <translation>Geantwortet in {stages}</translation>
    </message>
    <message>
        <source>No answer yet</source>
        <translation>Noch keine Antwort</translation>
    </message>
    <message>
        <source>From the end of your words to the first sound of the answer, by stage, in milliseconds</source>
        <translation>Vom Ende deiner Worte bis zum ersten Ton der Antwort, nach Stufen, in Millisekunden</translation>
    </message>
</context>
<context>
    <name>States</name>
    <message>
        <source>Starting</source>
        <translation>Startet</translation>
    </message>
    <message>
        <source>Microphone and voice are being opened.</source>
        <translation>Mikrofon und Stimme werden geöffnet.</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>Bereit</translation>
    </message>
    <message>
        <source>Say something.</source>
        <translation>Sag etwas.</translation>
    </message>
    <message>
        <source>Listening</source>
        <translation>Hört zu</translation>
    </message>
    <message>
        <source>Take your time.</source>
        <translation>Lass dir Zeit.</translation>
    </message>
    <message>
        <source>Finished? Just go on if not.</source>
        <translation>Fertig? Sonst einfach weitersprechen.</translation>
    </message>
    <message>
        <source>Thinking</source>
        <translation>Denkt nach</translation>
    </message>
    <message>
        <source>The answer is on its way.</source>
        <translation>Die Antwort ist unterwegs.</translation>
    </message>
    <message>
        <source>Talking</source>
        <translation>Spricht</translation>
    </message>
    <message>
        <source>Just speak to interrupt, or press Escape.</source>
        <translation>Zum Unterbrechen einfach sprechen, oder Escape drücken.</translation>
    </message>
    <message>
        <source>Talking softly</source>
        <translation>Spricht leise</translation>
    </message>
    <message>
        <source>Did you want to say something?</source>
        <translation>Wolltest du etwas sagen?</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>Wartet</translation>
    </message>
    <message>
        <source>The answer is held back until you have finished.</source>
        <translation>Die Antwort wartet, bis du fertig bist.</translation>
    </message>
    <message>
        <source>Muted</source>
        <translation>Stumm</translation>
    </message>
    <message>
        <source>Parley cannot hear you.</source>
        <translation>Parley kann dich nicht hören.</translation>
    </message>
    <message>
        <source>Not hearing you</source>
        <translation>Hört dich nicht</translation>
    </message>
    <message>
        <source>Stuck</source>
        <translation>Hängt</translation>
    </message>
    <message>
        <source>Attention</source>
        <translation>Achtung</translation>
    </message>
</context>
<context>
    <name>Strip</name>
    <message>
        <source>You</source>
        <translation>Du</translation>
    </message>
    <message>
        <source>Hold to talk</source>
        <translation>Zum Sprechen halten</translation>
    </message>
    <message>
        <source>Mute: Parley does not hear you</source>
        <translation>Stumm: Parley hört dich nicht</translation>
    </message>
    <message>
        <source>Stop talking at once</source>
        <translation>Sofort aufhören zu sprechen</translation>
    </message>
    <message>
        <source>Show the whole window</source>
        <translation>Das ganze Fenster zeigen</translation>
    </message>
</context>
<context>
    <name>Tray</name>
    <message>
        <source>Show or hide the window</source>
        <translation>Das Fenster zeigen oder verbergen</translation>
    </message>
    <message>
        <source>Mute</source>
        <translation>Stumm</translation>
    </message>
    <message>
        <source>Push to talk</source>
        <translation>Sprechtaste</translation>
    </message>
    <message>
        <source>Stop talking</source>
        <translation>Aufhören zu sprechen</translation>
    </message>
    <message>
        <source>Settings…</source>
        <translation>Einstellungen …</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Beenden</translation>
    </message>
</context>
<context>
    <name>Truth</name>
    <message>
        <source>No samples arrive from the microphone. Parley looks for it; check the plug, or choose another one in the settings.</source>
        <translation>Vom Mikrofon kommt nichts an. Parley sucht es; prüfe den Stecker, oder wähle in den Einstellungen ein anderes.</translation>
    </message>
    <message>
        <source>The microphone delivers nothing but zeros. Switch it on, or allow Parley to use it in the system&apos;s privacy settings.</source>
        <translation>Vom Mikrofon kommen nur Nullen. Schalte es ein, oder erlaube es Parley in den Datenschutz-Einstellungen des Systems.</translation>
    </message>
    <message>
        <source>Starting takes longer than it should. Wait, or close Parley and run `parley doctor`.</source>
        <translation>Der Start dauert länger, als er sollte. Warte, oder schließe Parley und starte `parley doctor`.</translation>
    </message>
    <message>
        <source>There was a sound, but no words.</source>
        <translation>Da war ein Laut, aber keine Wörter.</translation>
    </message>
    <message>
        <source>It takes longer than usual. Escape gives up.</source>
        <translation>Es dauert länger als sonst. Escape bricht ab.</translation>
    </message>
    <message>
        <source>Hold the button or the space bar and speak.</source>
        <translation>Halte den Knopf oder die Leertaste und sprich.</translation>
    </message>
</context>
<context>
    <name>VoicePage</name>
    <message>
        <source>Listen</source>
        <translation>Anhören</translation>
    </message>
    <message>
        <source>Says a phrase with this voice; again: from its beginning</source>
        <translation>Sagt einen Satz mit dieser Stimme; noch einmal: von vorn</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Halt</translation>
    </message>
    <message>
        <source>Stop talking at once</source>
        <translation>Sofort aufhören zu sprechen</translation>
    </message>
    <message>
        <source>This is how I sound now. Do you like it?</source>
        <translation>This is how I sound now. Do you like it?</translation>
    </message>
</context>
<context>
    <name>Voices</name>
    <message>
        <source>the usual voice, because this one&apos;s file is broken</source>
        <translation>die übliche Stimme, weil die Datei dieser einen kaputt ist</translation>
    </message>
    <message>
        <source>Clara, a woman&apos;s natural voice, American</source>
        <translation>Clara, eine natürliche Frauenstimme, amerikanisch</translation>
    </message>
    <message>
        <source>A woman&apos;s voice, American</source>
        <translation>Eine Frauenstimme, amerikanisch</translation>
    </message>
    <message>
        <source>A woman&apos;s voice, American, quick</source>
        <translation>Eine Frauenstimme, amerikanisch, schnell</translation>
    </message>
    <message>
        <source>A woman&apos;s voice, British</source>
        <translation>Eine Frauenstimme, britisch</translation>
    </message>
    <message>
        <source>A man&apos;s voice, American, unhurried</source>
        <translation>Eine Männerstimme, amerikanisch, ohne Eile</translation>
    </message>
    <message>
        <source>A man&apos;s voice, American, the easiest to understand</source>
        <translation>Eine Männerstimme, amerikanisch, am leichtesten zu verstehen</translation>
    </message>
    <message>
        <source>A deep man&apos;s voice, American</source>
        <translation>Eine tiefe Männerstimme, amerikanisch</translation>
    </message>
    <message>
        <source>A woman&apos;s voice, American, soft and calm</source>
        <translation>Eine Frauenstimme, amerikanisch, sanft und ruhig</translation>
    </message>
    <message>
        <source>A man&apos;s voice, British, matter-of-fact and brisk</source>
        <translation>Eine Männerstimme, britisch, sachlich und zügig</translation>
    </message>
    <message>
        <source>A robot, all on one note</source>
        <translation>Ein Roboter, alles auf einem Ton</translation>
    </message>
    <message>
        <source>A man&apos;s voice, Scottish</source>
        <translation>Eine Männerstimme, schottisch</translation>
    </message>
    <message>
        <source>A woman&apos;s voice, British, that tells stories</source>
        <translation>Eine Frauenstimme, britisch, die Geschichten erzählt</translation>
    </message>
    <message>
        <source>A woman&apos;s voice, American, in a good mood</source>
        <translation>Eine Frauenstimme, amerikanisch, gut gelaunt</translation>
    </message>
    <message>
        <source>A whisper, for the night</source>
        <translation>Ein Flüstern, für die Nacht</translation>
    </message>
</context>
<context>
    <name>Window</name>
    <message>
        <source>You</source>
        <translation>Du</translation>
    </message>
    <message>
        <source>interrupted</source>
        <translation>unterbrochen</translation>
    </message>
    <message>
        <source>Parley does not hear you</source>
        <translation>Parley hört dich nicht</translation>
    </message>
    <message>
        <source>Listening: let go when done</source>
        <translation>Hört zu: loslassen, wenn fertig</translation>
    </message>
    <message>
        <source>Hold to talk</source>
        <translation>Zum Sprechen halten</translation>
    </message>
    <message>
        <source>Muted</source>
        <translation>Stumm</translation>
    </message>
    <message>
        <source>Mute</source>
        <translation>Stumm</translation>
    </message>
    <message>
        <source>Hold the button, the space bar or, anywhere, {keys}.</source>
        <translation>Halte den Knopf, die Leertaste oder, überall, {keys}.</translation>
    </message>
    <message>
        <source>Parley listens while you hold the button or the space bar</source>
        <translation>Parley hört zu, solange du den Knopf oder die Leertaste hältst</translation>
    </message>
    <message>
        <source>Echo removed: {db:.0f} dB</source>
        <translation>Echo entfernt: {db:.0f} dB</translation>
    </message>
    <message>
        <source>The loudspeaker reaches the microphone after {ms:.0f} ms</source>
        <translation>Der Lautsprecher erreicht das Mikrofon nach {ms:.0f} ms</translation>
    </message>
</context>
</TS>
