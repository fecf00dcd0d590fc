"""The document that is asked, a question, and what a model may truly say."""

RULES = (
    "La piscine ouvre à huit heures et ferme à vingt heures. Les animaux sont interdits dans le jardin. "
    "Le code du portail est le 4812. Le ménage coûte quarante euros par séjour."
)
QUESTION = "À quelle heure ouvre la piscine ?"
TRUE = "La piscine ouvre à 8 h et ferme à 20 h [DOC:1-1]."
QUOTE = "La piscine ouvre à huit heures et ferme à vingt heures."
