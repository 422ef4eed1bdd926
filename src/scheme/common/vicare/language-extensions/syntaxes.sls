#!r6rs
(library (vicare language-extensions syntaxes)
  (export unwind-protect)
  (import (rnrs))

  ;; (unwind-protect BODY CLEANUP ...): the value of BODY; the cleanups are evaluated however BODY is left. There may be
  ;; none, because the third program of the page has none.
  (define-syntax unwind-protect
    (syntax-rules ()
      ((_ body cleanup ...)
       (dynamic-wind (lambda () #f) (lambda () body) (lambda () #f cleanup ...))))))
