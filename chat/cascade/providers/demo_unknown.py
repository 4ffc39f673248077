"""What the simulated models say to any question that no course is written for, in its language."""

# ruff: noqa: E501, RUF001  (prose: its lines and signs are those a reader sees)

UNKNOWN = {
    "en": """\
I am **{model}**, a simulated model: this text was written beforehand, and nobody has read your question.

To talk to a real model, put `OPENAI_API_KEY` into the environment and restart, or add a model in the admin.""",
    "de": """\
Ich bin **{model}**, ein simuliertes Modell: Dieser Text wurde vorher geschrieben, und niemand hat Ihre Frage gelesen.

Um mit einem echten Modell zu sprechen, setzen Sie `OPENAI_API_KEY` in der Umgebung und starten neu, oder fügen Sie \
in der Verwaltung ein Modell hinzu.""",
    "es": """\
Soy **{model}**, un modelo simulado: este texto estaba escrito de antemano y nadie ha leído tu pregunta.

Para hablar con un modelo real, define `OPENAI_API_KEY` en el entorno y reinicia, o añade un modelo en la \
administración.""",
    "fr": """\
Je suis **{model}**, un modèle simulé : ce texte était écrit d'avance, et personne n'a lu votre question.

Pour parler à un vrai modèle, définissez `OPENAI_API_KEY` dans l'environnement et redémarrez, ou ajoutez un modèle \
dans l'administration.""",
    "zh": """\
我是 **{model}**，一个模拟的模型：这段文字是事先写好的，没有人读过你的问题。

要与真正的模型对话，请在环境中设置 `OPENAI_API_KEY` 并重新启动，或者在管理后台添加一个模型。""",
    "ar": """\
أنا **{model}**، نموذج محاكاة: هذا النص مكتوب مسبقًا، ولم يقرأ أحد سؤالك.

للتحدث مع نموذج حقيقي، عيّن `OPENAI_API_KEY` في البيئة ثم أعد التشغيل، أو أضف نموذجًا في صفحة الإدارة.""",
}
