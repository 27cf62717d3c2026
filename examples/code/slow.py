"""What `code-refactor` is asked to write better in scripts/quickstart."""


def long_words(text, least=5):
    found = []
    for word in text.split():
        word = word.strip(".,;:!?").lower()
        if len(word) >= least and word not in found:
            found.append(word)
    return found
